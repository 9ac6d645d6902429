"""Write the table anew."""

from tests.falsified import write_table

write_table()
