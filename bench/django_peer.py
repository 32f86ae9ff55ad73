"""A Django account whose permissions have been read once and are kept, as within one request."""

from __future__ import annotations

from typing import Any


def kept_account() -> Any:
    """An account in one group of twenty that holds `auth.data_read`."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
    )
    django.setup()
    from django.contrib.auth.models import Group, Permission, User
    from django.contrib.contenttypes.models import ContentType
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)
    kind = ContentType.objects.get_for_model(User)
    permission = Permission.objects.create(codename="data_read", name="Read data", content_type=kind)
    account = User.objects.create(username="user501")
    for number in range(20):
        group = Group.objects.create(name=f"group{number}")
        group.permissions.add(permission)
        account.groups.add(group)
    if not account.has_perm("auth.data_read"):
        raise SystemExit("Django answers no where it must answer yes")
    return account
