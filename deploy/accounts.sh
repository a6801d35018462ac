# The database's image reads this once, when its volume is empty: the accounts of docs/HARDENING.md, each with the
# password of its URL. `docker_process_sql` is a function of the images of MariaDB and MySQL alike.
(
    for account in admin server; do
        url=$(cat "${SECRETS:-/run/secrets}/${account}_url")
        password=${url#*://*:}
        docker_process_sql <<SQL
CREATE USER 'shopdb_$account'@'%' IDENTIFIED BY '${password%%@*}';
SQL
    done

    # What the first `shopdb init` needs; what `shopdb db grants` prints afterwards gives the server its rights.
    docker_process_sql <<'SQL'
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON `shopdb`.* TO 'shopdb_admin'@'%';
SQL
)
