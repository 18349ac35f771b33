"""Lastmile's tables of customers; Django neither makes nor changes them."""

import re
import time
import uuid
from secrets import token_bytes

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models

from .values import HoursField, Parts, WordsField, choices, fold, within

OTT_APPS = choices(
    "Netflix", "Prime Video", "Disney+ Hotstar", "SonyLIV", "ZEE5", "Apple TV+", "aha", "Sun NXT", "Hoichoi", "Discovery+"
)  # fmt: skip
STATES = choices(
    "Andaman and Nicobar Islands", "Andhra Pradesh", "Arunachal Pradesh", "Assam", "Bihar", "Chandigarh", "Chhattisgarh",
    "Dadra and Nagar Haveli and Daman and Diu", "Delhi", "Goa", "Gujarat", "Haryana", "Himachal Pradesh", "Jammu and Kashmir",
    "Jharkhand", "Karnataka", "Kerala", "Ladakh", "Lakshadweep", "Madhya Pradesh", "Maharashtra", "Manipur", "Meghalaya", "Mizoram",
    "Nagaland", "Odisha", "Puducherry", "Punjab", "Rajasthan", "Sikkim", "Tamil Nadu", "Telangana", "Tripura", "Uttar Pradesh",
    "Uttarakhand", "West Bengal",
)  # fmt: skip


def new_id():
    """A UUIDv7: keys that ascend with time stay together in the index."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(token_bytes(10))
    return uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def new_account_number():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers', 'account_number'))")
        return cursor.fetchone()[0]


class Live(models.Manager):
    """Without deleted customers, whose rows remain."""

    def get_queryset(self):
        return super().get_queryset().filter(deleted_at__isnull=True)


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_number = models.BigIntegerField(unique=True, editable=False)

    name = models.CharField(max_length=120)
    name_key = models.TextField(editable=False)
    email = models.EmailField()
    email_key = models.TextField(editable=False)
    phone = models.CharField(max_length=13, validators=[RegexValidator(r"^\+91[2-9]\d{9}$", "Enter a number like +919845012345.")])
    address_line = models.CharField("address", max_length=200)
    city = models.CharField(max_length=80)
    state = models.CharField(max_length=60, choices=STATES)
    pin_code = models.CharField("PIN code", max_length=6, validators=[RegexValidator(r"^[1-9]\d{5}$", "Enter six digits.")])

    status = models.CharField(max_length=9, choices=choices("Pending", "Active", "Suspended", "Cancelled"))
    cancelled_on = models.DateField(null=True, blank=True)
    cancel_reason = models.CharField("reason for cancelling", max_length=500, null=True, blank=True)

    plan_type = models.CharField(max_length=9, choices=choices("Fiber", "Broadband", "Wireless"))
    speed_kbps = Parts("speed", places=3, least=50, most=1_000, help_text="Mbps")
    price_paise = Parts("price", most=1_000_000, help_text="₹ a month")
    billing_cycle = models.CharField(max_length=9, choices=choices("Monthly", "Quarterly", "Annual"))
    ott_apps = WordsField(models.TextField(choices=OTT_APPS), verbose_name="OTT apps", default=list)
    live_channels = models.IntegerField(validators=within(0, 2_000))

    data_used_mb = Parts("data used", places=3, most=1_000_000, help_text="GB, in this billing cycle")
    average_speed_kbps = Parts("average speed", places=3, most=10_000, help_text="Mbps")
    uptime_bp = Parts("uptime", most=100, help_text="%")
    most_used_ott = models.CharField("most used OTT", max_length=20, choices=OTT_APPS, null=True, blank=True)
    peak_hours = HoursField(
        models.SmallIntegerField(), verbose_name="Peak usage hours", default=list, help_text="Up to three ranges like 21:00-00:00, in Indian time"
    )

    customer_since = models.DateField()
    churn_risk = models.CharField(max_length=6, choices=choices("High", "Medium", "Low"))
    nps = models.SmallIntegerField("NPS", validators=within(-100, 100))
    tickets = models.IntegerField(validators=within(0, 100_000))
    last_ticket_on = models.DateField("last ticket", null=True, blank=True)
    satisfaction = models.SmallIntegerField(choices=[(score, str(score)) for score in (5, 4, 3, 2, 1)], null=True, blank=True)
    referred_by = models.ForeignKey(
        "self", models.DO_NOTHING, to_field="account_number", db_column="referred_by", related_name="+", null=True, blank=True
    )

    search_text = models.TextField(editable=False)
    version = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = Live()

    class Meta:
        managed = False
        db_table = "customers"
        # As in the index, so that ties need no sort.
        ordering = ("name_key", "id")

    def __str__(self):
        return self.name

    def clean(self):
        cancelled = self.status == "Cancelled"
        if cancelled and not (self.cancelled_on and self.cancel_reason):
            raise ValidationError("Enter when and why the customer has cancelled.")
        if not cancelled:
            self.cancelled_on = self.cancel_reason = None
        self.most_used_ott = self.most_used_ott or None
        if Customer.objects.filter(email_key=fold(self.email)).exclude(pk=self.pk).exists():
            raise ValidationError({"email": "A customer with this email exists already."})

    def save(self, *args, **kwargs):
        """Writes what Lastmile derives from the fields: the keys to sort and compare by, and the text to search."""
        self.account_number = self.account_number or new_account_number()
        self.name_key, self.email_key, self.search_text = fold(self.name), fold(self.email), self.searched()
        super().save(*args, **kwargs)

    def searched(self):
        parts = []
        for folded in map(fold, (self.name, self.city, self.email)):
            parts.append(folded)
            pieces = " ".join(re.sub(r"[!-/:-@\[-`{-~]", " ", folded).split())
            if pieces != folded:
                parts.append(pieces)
        digits, number = self.phone.removeprefix("+91"), self.account_number
        return " ".join(["", *parts, f"91{digits} 0{digits} {digits} lm-{number:07} lm-{number} {number}"])


class Summary(models.Model):
    """What follows from a customer's bills, payments and services: the database keeps it beside the customer."""

    customer = models.OneToOneField(Customer, models.DO_NOTHING, primary_key=True, db_column="id", related_name="summary")
    outstanding_paise = models.BigIntegerField()
    next_bill_on = models.DateField(null=True)
    # To sort by: customers without a next bill stand behind all others.
    next_bill_key = models.DateField()
    # None of a deleted customer.
    segment = models.SmallIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "customer_summary"
