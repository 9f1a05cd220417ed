#!/bin/sh
# Draw every password and key of docker-compose.yml and write them into .env, readable by its owner alone.
# An .env that is there is left as it is: its passwords are in the volumes already.
#
#     deploy/secrets.sh [FILE]
set -eu

file=${1:-.env}
if [ -e "$file" ]; then
    echo "$file is there already; delete it and the volumes to begin anew" >&2
    exit 1
fi

# N random bytes as hexadecimal digits.
random() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# SHA-256 of a text as hexadecimal digits, on Linux and on macOS.
hash() {
    if command -v sha256sum > /dev/null; then printf %s "$1" | sha256sum; else printf %s "$1" | shasum -a 256; fi |
        cut -d' ' -f1
}

# A key of the API as the file of keys holds it: id, name, scopes, hash of the token.
key() {
    printf '{"id":"%s","name":"%s","scopes":["%s"],"created_at":"%s","sha256":"%s"}' \
        "$1" "$2" "$3" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(hash "$4")"
}

operator_id=$(random 6)
operator_token=lg_${operator_id}_$(random 32)
metrics_id=$(random 6)
metrics_token=lg_${metrics_id}_$(random 32)
operator_key=$(key "$operator_id" operator admin "$operator_token")
metrics_key=$(key "$metrics_id" prometheus read "$metrics_token")

umask 077
cat > "$file" << END
# Made by deploy/secrets.sh. Not for version control.
# ClickHouse: the administrator, the store, the API, and people who read.
CLICKHOUSE_PASSWORD=$(random 24)
CLICKHOUSE_STORE_PASSWORD=$(random 24)
CLICKHOUSE_API_PASSWORD=$(random 24)
CLICKHOUSE_READER_PASSWORD=$(random 24)
GRAFANA_PASSWORD=$(random 24)
# Keys of the API: what it keeps (hashes), and the tokens of operator (everything) and Prometheus (reads).
API_KEYS='{"keys":[$operator_key,$metrics_key]}'
OPERATOR_TOKEN=$operator_token
METRICS_TOKEN=$metrics_token
END
echo "secrets are in $file" >&2
