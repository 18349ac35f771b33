"""Conversions between the database's values, such as paise and kbps, and what people read and type."""

import re
from decimal import Decimal
from unicodedata import normalize

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def choices(*words):
    return [(word, word) for word in words]


def fold(text):
    """Text folded for sorting, comparing and searching."""
    return normalize("NFC", normalize("NFC", text).lower())


def grouped(number):
    """Indian grouping: the last three digits, then pairs."""
    digits = str(number)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])


def rupees(paise):
    # Credit is less than nothing.
    sign = "−" if paise < 0 else ""
    whole, part = divmod(abs(paise), 100)
    return f"{sign}₹{grouped(whole)}.{part:02}" if part else f"{sign}₹{grouped(whole)}"


class Parts(models.BigIntegerField):
    """A decimal that the database stores as a whole number of a smaller unit: rupees as paise, Mbps as kbps. In Python it is the whole number."""

    def __init__(self, *args, places=2, least=0, most=None, **kwargs):
        self.places, self.least, self.most = places, least, most
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        return PartsInput(
            places=self.places, min_value=self.least, max_value=self.most, label=self.verbose_name.capitalize(), help_text=self.help_text
        )


class PartsInput(forms.DecimalField):
    def __init__(self, *, places, **kwargs):
        self.scale = 10**places
        super().__init__(decimal_places=places, **kwargs)

    def prepare_value(self, value):
        return Decimal(value) / self.scale if isinstance(value, int) else value

    def clean(self, value):
        return int(super().clean(value) * self.scale)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


def within(least, most):
    return [MinValueValidator(least), MaxValueValidator(most)]


class WordsField(ArrayField):
    """Several of a few values, as checkboxes."""

    def formfield(self, **kwargs):
        return forms.MultipleChoiceField(
            choices=self.base_field.choices, widget=forms.CheckboxSelectMultiple, required=False, label=self.verbose_name
        )


class HoursField(ArrayField):
    """Up to three ranges, stored as pairs of minutes of the day and typed as `21:00-00:00, 07:00-09:00`."""

    def formfield(self, **kwargs):
        return HoursInput(required=False, label=self.verbose_name, help_text=self.help_text)


class HoursInput(forms.CharField):
    TIME = r"([01]\d|2[0-3]):([0-5]\d)"
    RANGES = re.compile(rf"{TIME}-{TIME}(, *{TIME}-{TIME}){{0,2}}")

    def prepare_value(self, value):
        if not isinstance(value, list):
            return value
        times = [f"{minute // 60:02}:{minute % 60:02}" for minute in value]
        return ", ".join(f"{start}-{end}" for start, end in zip(times[::2], times[1::2]))

    def clean(self, value):
        typed = super().clean(value)
        if typed and not self.RANGES.fullmatch(typed):
            raise ValidationError("Enter ranges like 21:00-00:00, at most three.")
        return [int(hours) * 60 + int(minutes) for hours, minutes in re.findall(self.TIME, typed)]

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)
