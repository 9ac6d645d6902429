"""Lexicon: what one word has to do with another, as tables for the support check; words as `words_of` gives them."""

from __future__ import annotations

import re

NEGATIONS = frozenset(
    """
    no not never none neither nor nobody nothing nowhere cannot without unable denied denies deny refused refuses
    doubt doubts doubted myth false falsely lack lacks lacked lacking hardly
    kein keine keinen nao ne nicht nie niemals nunca ohne weder non niet geen inte ikke ni
    без не нельзя нет δεν μη μην χωρις لا لم لن ليس ليست לא नहीं
    """.split()
)
"""Of words that only come with another negation ("никто не", "ne … pas") the other alone."""
CONNECTIVES = frozenset(
    """
    according additionally albeit although another consequently despite finally following furthermore hence however
    indeed instead like likewise many meanwhile moreover nevertheless nonetheless one others otherwise overall rather
    regarding several similarly since specifically still though thus unlike whereas yes yet
    """.split()
)
"""Words that open a sentence with a capital and add nothing that a quote would have to hold."""
LIGHT = frozenset(
    """
    add also article become claim describe document find give give have include involve know make mention note passage
    provide quote read report say sentence source state take tell text use write
    """.split()
)
"""Verbs and nouns, as stems of them, that a writer puts around what a source says, and that need not stand in it."""


def _pairs(table: str) -> dict[str, frozenset[str]]:
    """`a / b c` says that a is the opposite of b and c, and the other way round; a line further in goes on."""
    found: dict[str, frozenset[str]] = {}
    for line in re.sub(r"\n {5,}", " ", table).strip().splitlines():
        one, _, other = line.partition("/")
        for words, others in ((one.split(), other.split()), (other.split(), one.split())):
            for word in words:
                found[word] = found.get(word, frozenset()) | frozenset(others)
    return found


OPPOSITES = _pairs("""
    rise rises rose risen rising increase increases increased increasing grow grows grew grown growing gain
        gained climbed raise raised raises higher up / fall falls fell fallen falling decrease decreases
        decreased decreasing shrink shrank shrunk drop dropped declined decline declines lose lost cut lowered
        lower down
    open opens opened opening / close closes closed closing shut
    begin begins began begun start starts started / end ends ended stop stops stopped cease ceased finish
        finished
    win wins won victory victories victorious / lose loses lost loss losses defeat defeats defeated
    buy buys bought purchase purchased / sell sells sold
    import imports imported / export exports exported
    accept accepts accepted agree agrees agreed / reject rejects rejected refuse refuses refused disagree
        disagrees disagreed
    support supports supported favor favored favour favoured / oppose opposes opposed resist resisted
    allow allows allowed permit permits permitted / forbid forbids forbade forbidden ban bans banned prohibit
        prohibits prohibited prevent prevents prevented
    before / after
    previous previously earlier / next subsequent subsequently later
    last / next
    yesterday / tomorrow
    early / late
    more most / less least fewer fewest
    above over / below under
    first / last
    north northern northeast northwest / south southern southeast southwest
    east eastern / west western
    left / right
    male males man men boy boys husband father son brother king / female females woman women girl girls wife
        mother daughter sister queen
    born / died dead
    success succeed succeeds succeeded successful successfully / failure fail fails failed unsuccessful
        unsuccessfully
    include includes included including / exclude excludes excluded excluding
    with / without
    strong stronger strongest strengthen strengthened / weak weaker weakest weaken weakened
    large larger largest big bigger biggest great / small smaller smallest little
    long longer longest / short shorter shortest
    high highest / low lowest
    old older oldest / young younger youngest new newer newest
    good better best / bad worse worst
    rich richer richest wealthy / poor poorer poorest
    hot hotter hottest warm warmer / cold colder coldest cool cooler
    fast faster fastest quick quickly / slow slower slowest slowly
    public publicly / private privately secret secretly
    legal lawful legally / illegal unlawful illegally
    positive / negative
    likely probable probably / unlikely improbable
    possible able / impossible unable
    true / false
    friendly friendlier friend friends ally allies allied / hostile enemy enemies
    arrive arrives arrived enter enters entered / leave leaves left depart departs departed exit exited
    attack attacks attacked / defend defends defended
    build builds built create creates created construct constructed / destroy destroys destroyed demolish
        demolished
    hire hired appoint appointed / fire fired dismiss dismissed resign resigned
    maximum / minimum
    majority / minority
    domestic internal / foreign external
    rural / urban
    civilian civilians / military soldiers
    always / never
""")
SAME = {
    word: words[0]
    for words in (
        line.split()
        for line in """
    be is are was were been being
    will wo
    can ca
    begin begins began begun
    beat beats beaten
    break breaks broke broken
    bring brings brought
    catch catches caught
    deal deals dealt
    draw draws drew drawn
    feel feels felt
    forget forgets forgot forgotten
    freeze freezes froze frozen
    lend lends lent
    repay repays repaid
    sink sinks sank sunk
    sit sits sat
    withdraw withdraws withdrew withdrawn withdrawal
    build builds built
    buy buys bought
    come comes came
    choose chooses chose chosen
    die dies died death dead
    drive drives drove driven
    eat eats ate eaten
    fall falls fell fallen
    fight fights fought
    find finds found
    fly flies flew flown
    get gets got gotten
    give gives gave given
    go goes went gone
    grow grows grew grown
    have has had having
    hear hears heard
    hold holds held
    keep keeps kept
    know knows knew known
    lead leads led
    leave leaves left
    lose loses lost loss
    make makes made
    mean means meant
    meet meets met
    pay pays paid
    rise rises rose risen
    run runs ran
    say says said
    see sees saw seen
    sell sells sold sale sales
    send sends sent
    shoot shoots shot
    sing sings sang sung
    speak speaks spoke spoken
    spend spends spent
    stand stands stood
    steal steals stole stolen
    strike strikes struck
    take takes took taken
    teach teaches taught
    tell tells told
    think thinks thought
    throw throws threw thrown
    understand understands understood
    wear wears wore worn
    win wins won
    write writes wrote written
    child children
    man men
    woman women
    person people persons
    foot feet
    kilometre kilometres kilometer kilometers km
    metre metres meter meters
    kilogram kilograms kg
    percent pct
    color colour colors colours
    center centre centers centres
    defense defence
    labor labour
""".strip().splitlines()
    )
    for word in words
}
"""A word to the one that stands for all its forms, where the stemmer does not see that they are one."""
NATIONS = {
    name: line.split()[0]
    for line in """
    afghanistan afghan afghans
    africa african africans
    albania albanian albanians
    algeria algerian algerians
    america american americans
    arabia arab arabs arabian saudi saudis
    argentina argentine argentinian argentinians argentines
    armenia armenian armenians
    asia asian asians
    australia australian australians
    austria austrian austrians
    azerbaijan azerbaijani azerbaijanis azeri azeris
    belarus belarusian belarusians
    belgium belgian belgians
    bosnia bosnian bosnians
    brazil brazilian brazilians
    britain british briton britons
    bulgaria bulgarian bulgarians
    california californian californians
    canada canadian canadians
    catholic catholics catholicism
    chechnya chechen chechens
    chile chilean chileans
    china chinese
    christian christians christianity
    colombia colombian colombians
    croatia croatian croatians croat croats
    cuba cuban cubans
    czech czechs
    denmark danish dane danes
    egypt egyptian egyptians
    england english
    estonia estonian estonians
    ethiopia ethiopian ethiopians
    europe european europeans
    finland finnish finn finns
    france french
    georgia georgian georgians
    germany german germans
    greece greek greeks
    hungary hungarian hungarians
    iceland icelandic
    india indian indians
    indonesia indonesian indonesians
    iran iranian iranians
    iraq iraqi iraqis
    ireland irish
    islam islamic muslim muslims
    israel israeli israelis
    italy italian italians
    japan japanese
    jew jews jewish judaism
    jordan jordanian jordanians
    kazakhstan kazakh kazakhs
    kenya kenyan kenyans
    korea korean koreans
    kurdistan kurd kurds kurdish
    kuwait kuwaiti kuwaitis
    kyrgyzstan kyrgyz
    latvia latvian latvians
    lebanon lebanese
    libya libyan libyans
    lithuania lithuanian lithuanians
    mexico mexican mexicans
    moldova moldovan moldovans
    mongolia mongolian mongolians mongol mongols
    morocco moroccan moroccans
    netherlands dutch
    nigeria nigerian nigerians
    norway norwegian norwegians
    pakistan pakistani pakistanis
    palestine palestinian palestinians
    persia persian persians
    peru peruvian peruvians
    philippines philippine filipino filipinos
    poland polish
    portugal portuguese
    protestant protestants protestantism
    romania romanian romanians
    rome roman romans
    russia russian russians
    scotland scottish scot scots
    serbia serbian serbians serb serbs
    somalia somali somalis
    spain spanish spaniard spaniards
    sudan sudanese
    sweden swedish swede swedes
    switzerland swiss
    syria syrian syrians
    taiwan taiwanese
    tajikistan tajik tajiks
    thailand thai thais
    turkey turkish turk turks
    turkmenistan turkmen
    ukraine ukrainian ukrainians
    uzbekistan uzbek uzbeks
    venezuela venezuelan venezuelans
    victoria victorian victorians
    vietnam vietnamese
    wales welsh
    yemen yemeni yemenis
    yugoslavia yugoslav yugoslavs yugoslavian
""".strip().splitlines()
    for name in line.split()
}
"""Peoples, what belongs to them, and creeds, to the name they go by here."""
UNITS = frozenset(
    """
    second minute hour day week month year decade century
    kilometre mile metre foot inch yard acre hectare kilogram gram ton tonne pound ounce litre liter gallon barrel
    mg mcg g kg mm cm m k lb oz ml l bn mn mph kmh kw mw v
    percent degree watt kilowatt megawatt volt dollar cent euro yen rouble rubl ruble yuan franc peso rupee
    """.split()
)
"""What figures count, where one never stands for another."""
CURRENCIES = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₽": "rouble", "₹": "rupee"}
SIGNS = {"%": "percent", **CURRENCIES}
"""Signs beside figures to the words for them."""
QUANTIFIERS = {  # what a statement may say only if a quote says as much
    "all": "all|every|each|everyone|everybody|everything|always|entire|entirely|whole|wholly|both|any",
    "none": "no|none|nobody|nothing|never|not|neither|nor|without|cannot|n't",
    "most": "most|majority|mostly|mainly|all|every|each",
    "many": "many|numerous|much|most|several|lots|plenty|hundreds|thousands|dozens|multitude|number of|all",
    "few": "few|handful|little|fewer|rare|rarely|couple",
    "at least": "at least|minimum|or more|more than|over|no fewer|no less|exceed|above|as (?:many|much) as",
    "at most": "at most|maximum|up to|no more than|not more than|as (?:many|much) as|less than|fewer than|limit",
    "more than": "more than|over|above|exceed|greater than|at least|upwards of|higher than|larger than|in excess",
    "less than": "less than|fewer than|under|below|lower than|smaller than|almost|nearly|up to",
    "up to": "up to|at most|as (?:many|much) as|maximum|until|no more than",
    "only": "only|just|sole|solely|alone|exclusively|merely|single|but one|nothing but|limited to|unique",
    "exactly": "exactly|precisely|exact",
    "must": "must|have to|has to|had to|need|needs|shall|should|require[sd]?|oblige[sd]?|mandatory|obligatory",
    "always": "always|every|each|all|invariably|constantly",
    "never": "never|not|no|none|n't|without|nobody|neither|nor",
    "known as": "known as|called|named|nicknamed|dubbed|termed|labell?ed|referred to as|aka|alias|name|names|term",
    "same": "same|identical|identically|equal|equally|alike|equivalent|also (?:known|called)|likewise|shared?|common",
}
OPERATORS = {  # words that bend what the next one says, by what they do; one of a kind may stand for another
    word: kind
    for kind, words in {
        "chance": "may might could can possibly perhaps probably likely potentially apparently",
        "future": "will would shall should must ought",
        "report": "allegedly reportedly supposedly purportedly alleged reputed suspected accused acquitted",
        "attempt": """
            try tries tried attempt attempts attempted plan plans planned hope hopes hoped intend intends intended want
            wants wanted aim aims aimed seek seeks sought propose proposes proposed threaten threatened expect expects
            expected consider considers considered fail fails failed refuse refuses refused decline declined avoid
            avoids avoided prevent prevents prevented stop stops stopped
        """,
        "degree": "almost nearly hardly barely rarely seldom sometimes often usually generally partly partially",
        "share": "some many most several few half least",
        "rank": "former vice deputy acting assistant ex non anti pseudo",
        "condition": "except excluding unless",
    }.items()
    for word in words.split()
}
CONDITIONS = frozenset("if unless except until".split())
"""What limits a whole sentence, wherever in it it stands."""
MONTHS = "January February March April May June July August September October November December".split()
HEDGES = frozenset("may might could would".split())
"""What makes a statement say less than its quotes do."""
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
BARE = frozenset({"the", "a", "an"})
JOINTS = frozenset({",", ";", ":", "(", ")", "–", "—", "and", "but", "or", "while"})
"""What stands where a part of a sentence begins or ends."""
PRONOUNS = frozenset("he she it they him her them his its their who which".split())
POINTERS = frozenset("these those this that they it he she his her its their such both among".split())
"""What a sentence begins with that goes on about what the one before says."""
BE = frozenset({"be", "have", "will", "would", "can", "could", "may", "might", "must"})
"""Roots of verbs that come with other verbs."""
PREPOSITIONS = frozenset(
    """
    of in on at to for by with from into onto about between among during within upon over under against towards toward
    including via per along across near around without despite
    """.split()
)
ADDITIONS = PREPOSITIONS | frozenset(
    """
    as through since until while when where who whom whose which that after before according because if although though
    """.split()
)
"""What an addition to a sentence begins with, that it can do without."""
GO_ON = (
    ADDITIONS
    | frozenset(
        "is are was were be been being has have had do does did will would can could may might must and but or".split()
    )
) - {"of"}
"""What a sentence goes on with after an addition."""
LINKS = (
    ADDITIONS
    | GO_ON
    | frozenset("the a an this that these those it its he his him she her they their them then so than too".split())
) - {"will", "would", "can", "could", "may", "might", "must", "before", "after", "without", "over", "under"}
"""Words that may stand for one another in a copy."""
