"""The program behind `shopdb collect`: it observes this machine, spools what it saw and pushes it over HTTP.

It needs no site and no database: config and exceptions are all it knows of shopdb.
"""
