# /etc/profile.d/shopdb.sh: who may read the technicians' .env gets a home of their own, for what only they can read
# of what they let shopdb remember, and one .env for all.
if [ -r /etc/shopdb/technicians.env ]; then
    export SHOPDB_HOME="$HOME/.shopdb"
    if [ ! -e "$SHOPDB_HOME/.env" ]; then
        mkdir -p -m 700 "$SHOPDB_HOME" && ln -s /etc/shopdb/technicians.env "$SHOPDB_HOME/.env"
    fi
fi
