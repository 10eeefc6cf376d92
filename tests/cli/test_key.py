import re
from datetime import UTC, datetime, timedelta

KEY = re.compile(r"earshot_[a-z0-9]{12}_[A-Za-z0-9_-]{43}\n")


def test_a_key_is_alone_on_standard_output(earshot):
    done = earshot("key", "create", "--role", "viewer")
    assert KEY.fullmatch(done.stdout)
    assert "cannot be shown again" in done.stderr
    assert done.stdout.strip() not in done.stderr


def test_the_life_of_a_key(earshot_on_both):
    earshot = earshot_on_both
    earshot("source", "add", "sensors", "--mapping", "preset:generic-alerts-json")
    made = earshot.json(
        "key", "create", "--role", "vendor", "--source", "sensors", "--name", "Vendor", "--expires", "30d"
    )
    in_a_month = datetime.now(UTC) + timedelta(days=30)
    expires = datetime.fromisoformat(made["expires_at"])
    assert abs((expires - in_a_month).total_seconds()) < 60
    (listed,) = earshot.json("key", "list")["keys"]
    assert (listed["id"], listed["role"], listed["source"], listed["valid"]) == (
        made["id"],
        "vendor",
        "sensors",
        True,
    )
    assert made["key"] not in earshot("key", "list").stdout
    assert earshot.json("key", "revoke", made["key"]) == {"id": made["id"], "revoked": True}
    assert "revoked" in earshot("key", "list").stdout
    assert earshot.json("key", "list")["keys"][0]["valid"] is False


def test_fewer_scopes(earshot):
    earshot("key", "create", "--role", "analyst", "--scope", "incidents:read", "--scope", "calls:pii")
    assert earshot.json("key", "list")["keys"][0]["scopes"] == ["calls:pii", "incidents:read"]
    refused = earshot("key", "create", "--role", "viewer", "--scope", "admin", exit_code=1)
    assert "viewer cannot have admin" in refused.stderr


def test_no_keys_yet(earshot):
    assert "earshot key create" in earshot("key", "list").stdout
