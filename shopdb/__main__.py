"""`python -m shopdb`, the same as the command `shopdb`."""

from shopdb.cli import main

main(prog_name="shopdb")
