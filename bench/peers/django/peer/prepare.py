"""Makes Django's own tables, a superuser, and a session of that superuser."""

import os

import django
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import connection

os.environ["DJANGO_SETTINGS_MODULE"] = "peer.settings"
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402

with connection.cursor() as cursor:
    cursor.execute("CREATE SCHEMA IF NOT EXISTS django")
call_command("migrate", verbosity=0)

user, made = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
if made:
    user.set_unusable_password()
    user.save()

session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
