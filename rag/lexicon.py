"""Lexicon: what one word has to do with another, as tables for the vetoes; words as `words_of` gives them."""

from __future__ import annotations

CONNECTIVES = frozenset(
    """
    according additionally albeit although another consequently despite finally following furthermore hence however
    indeed instead like likewise many meanwhile moreover nevertheless nonetheless one others otherwise overall rather
    regarding several similarly since specifically still though thus unlike whereas yes yet
    """.split()
)
"""Words that open a sentence with a capital and add nothing that a quote would have to hold."""
TITLES = frozenset(
    """
    president vice prime minister chancellor king queen prince princess sir lord lady dame mr mrs ms miss dr prof
    professor senator congressman congresswoman representative governor mayor secretary ambassador general admiral rear
    colonel major captain lieutenant sergeant judge justice chief director chairman chairwoman chair deputy foreign
    defense defence
    ministry department government parliament pope bishop father sister saint st jr
    """.split()
)
"""Words that are written with a capital before a name, and are no part of it."""
NATIONS = {
    name: group.split()[0]
    for group in """
    afghanistan afghan afghans; africa african africans; albania albanian albanians; algeria algerian algerians;
    america american americans; arabia arab arabs arabian saudi saudis;
    argentina argentine argentinian argentinians argentines; armenia armenian armenians; asia asian asians;
    australia australian australians; austria austrian austrians; azerbaijan azerbaijani azerbaijanis azeri azeris;
    belarus belarusian belarusians; belgium belgian belgians; bosnia bosnian bosnians; brazil brazilian brazilians;
    britain british briton britons; bulgaria bulgarian bulgarians; california californian californians;
    canada canadian canadians; catholic catholics catholicism; chechnya chechen chechens; chile chilean chileans;
    china chinese; christian christians christianity; colombia colombian colombians;
    croatia croatian croatians croat croats; cuba cuban cubans; czech czechs; denmark danish dane danes;
    egypt egyptian egyptians; england english; estonia estonian estonians; ethiopia ethiopian ethiopians;
    europe european europeans; finland finnish finn finns; france french; georgia georgian georgians;
    germany german germans; greece greek greeks; hungary hungarian hungarians; iceland icelandic;
    india indian indians; indonesia indonesian indonesians; iran iranian iranians; iraq iraqi iraqis; ireland irish;
    islam islamic muslim muslims; israel israeli israelis; italy italian italians; japan japanese;
    jew jews jewish judaism; jordan jordanian jordanians; kazakhstan kazakh kazakhs; kenya kenyan kenyans;
    korea korean koreans; kurdistan kurd kurds kurdish; kuwait kuwaiti kuwaitis; kyrgyzstan kyrgyz;
    latvia latvian latvians; lebanon lebanese; libya libyan libyans; lithuania lithuanian lithuanians;
    mexico mexican mexicans; moldova moldovan moldovans; mongolia mongolian mongolians mongol mongols;
    morocco moroccan moroccans; netherlands dutch; nigeria nigerian nigerians; norway norwegian norwegians;
    pakistan pakistani pakistanis; palestine palestinian palestinians; persia persian persians;
    peru peruvian peruvians; philippines philippine filipino filipinos; poland polish; portugal portuguese;
    protestant protestants protestantism; romania romanian romanians; rome roman romans; russia russian russians;
    scotland scottish scot scots; serbia serbian serbians serb serbs; somalia somali somalis;
    spain spanish spaniard spaniards; sudan sudanese; sweden swedish swede swedes; switzerland swiss;
    syria syrian syrians; taiwan taiwanese; tajikistan tajik tajiks; thailand thai thais; turkey turkish turk turks;
    turkmenistan turkmen; ukraine ukrainian ukrainians; uzbekistan uzbek uzbeks; venezuela venezuelan venezuelans;
    victoria victorian victorians; vietnam vietnamese; wales welsh; yemen yemeni yemenis;
    yugoslavia yugoslav yugoslavs yugoslavian
    """.split(";")
    for name in group.split()
}
"""Peoples, what belongs to them, and creeds, to the name they go by here."""
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
