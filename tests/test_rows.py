import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.readers.rows import word_rows

cells = st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters=":"), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("Team,Location,Stanley Cups/Maple Leafs,Toronto,13/Blues,St. Louis,1",
         "Team: Maple Leafs; Location: Toronto; Stanley Cups: 13.\nTeam: Blues; Location: St. Louis; Stanley Cups: 1."),
        ("Name,Note/Bob,It works./Eve,Does it?", "Name: Bob; Note: It works.\nName: Eve; Note: Does it?"),
        ("Name:,City/Bob,Paris", "Name: | City\nBob | Paris"),
        ("Name,City/Bob,/,/ /Eve,Rome", "Name: Bob.\n\nName: Eve; City: Rome."),
        ("Cups,,/Team,City,Won/Blues,STL,1", "Cups\nTeam: Blues; City: STL; Won: 1."),
        ("Cups/,,/Team,City,Won/Blues,STL,1", "Cups\n\nTeam: Blues; City: STL; Won: 1."),
        (",2019,2020/Sales,10,20", "Sales; 2019: 10; 2020: 20."),
        ("Region,2019,2020/North,10,20", "Region: North; 2019: 10; 2020: 20."),
        ("Toronto,Leafs,1967/Montreal,Canadiens,1993", "Toronto | Leafs | 1967\nMontreal | Canadiens | 1993"),
        ("1,2/3,4", "1 | 2\n3 | 4"),
        ("A,A/1,2", "A | A\n1 | 2"),
        ("Q1,,Q2,/Cost,Sales,Cost,Sales/1,2,3,4", "Q1 | Q2\nCost | Sales | Cost | Sales\n1 | 2 | 3 | 4"),
        ("Name,Bob/Age,42/City,Paris", "Name | Bob\nAge | 42\nCity | Paris"),
        ("Name/Bob/Eve", "Name\nBob\nEve"),
        ("Name,City", "Name | City"),
        ("Team,City,Won/East,,/Blues,STL,1/Source: NHL,,", "East\nTeam: Blues; City: STL; Won: 1.\nSource: NHL"),
        ("Team,City/Blues,STL//Flyers,PHI/Leafs,TOR",
         "Team: Blues; City: STL.\n\nTeam: Flyers; City: PHI.\nTeam: Leafs; City: TOR."),
        ("Team,Won/Blues,1//Flyers,2", "Team: Blues; Won: 1.\n\nTeam: Flyers; Won: 2."),
        ("Team,Won/Blues,1//Year,Games/2001,3", "Team: Blues; Won: 1.\n\nYear: 2001; Games: 3."),
        ("Team,Won/Blues,1//a,b,c", "Team: Blues; Won: 1.\n\na | b | c"),
        ("", ""),
    ],
)  # fmt: skip
def test_rows_are_worded_with_their_columns_where_the_header_is_plain(table: str, text: str) -> None:
    assert word_rows(row.split(",") for row in table.split("/")) == text


def test_a_cell_of_several_lines_stays_on_the_line_of_its_row() -> None:
    assert (
        word_rows([["Name", "Home\ntown"], ["Bob\r\nSmith", " New  York "]]) == "Name: Bob Smith; Home town: New York."
    )


def test_a_sentence_is_no_name_of_a_column() -> None:
    long = "This is a whole sentence, and no name of a column. " * 5
    assert word_rows([[long, "b"], ["c", "d"]]) == f"{long.strip()} | b\nc | d"


def test_long_names_of_columns_over_many_rows_are_refused() -> None:
    with pytest.raises(DocumentError, match=r"^it holds more than 20,000,000 characters; split it into smaller files$"):
        word_rows([["a" * 200, "b" * 200], *[["1", "2"]] * 60_000])


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6))
def test_no_word_of_a_full_table_is_lost(rows: list[list[str]]) -> None:
    text = word_rows(rows)
    assert [cell for row in rows for cell in row if cell not in text] == []
