# The commands of this project, as a table of contents. Each also works without just: copy the line.

# List the commands
default:
    @just --list --unsorted

# The product with a simulated provider and invented people, on http://127.0.0.1:8080
demo *options:
    cargo run --release -- demo {{ options }}

# Everything that must hold before a change is shared
check *stages:
    ./check {{ stages }}

# The inner loop: format, lint, tests on SQLite
fast:
    ./check fast

# Tests on SQLite; `just test -p dossier-domain` for one room
test *options="--workspace":
    cargo nextest run {{ options }}

# The same tests on a throw-away PostgreSQL
test-postgres *options="--workspace":
    ./check postgres -- {{ options }}

# Kills the server, and PostgreSQL under it, so often while runs are ordered
kills times="20":
    ./check kills {{ times }}

# The tests that drive Chromium
test-browser:
    ./check browser

# Write the formatting
format:
    cargo fmt --all

# Write docs/requirements.md anew: each line of it with the tests that name it
requirements:
    docs/requirements write

# The reference of the code, in a browser
docs:
    cargo doc --no-deps --workspace --open

# The schema of manifests for editors, docs/manifest.schema.json, after a word was added to manifests
schema:
    UPDATE=1 cargo nextest run -p dossier-connector --test published

# Licences, banned crates and sources, with what occurs in two versions
deny:
    cargo deny --all-features check bans licenses sources

# Known vulnerabilities of the dependencies; needs a network. Write the date into SECURITY.md
advisories:
    cargo deny --all-features check advisories

# Any bytes into one of the targets in fuzz/fuzz_targets, until it fails; `just fuzz loader -max_total_time=120` (cargo install cargo-fuzz)
fuzz target *options:
    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none {{ target }} -- -timeout=20 -rss_limit_mb=4000 {{ options }}

# What the engine costs beside the network, as ratios to a floor of the same run
bench *options:
    bench/engine {{ options }}

# What no test notices when it is changed, in the rooms where that matters most; takes long (cargo install cargo-mutants)
mutants:
    cargo mutants --output target --package dossier-domain --package dossier-vault --package dossier-connector --package dossier-app
