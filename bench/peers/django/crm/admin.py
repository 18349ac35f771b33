from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group, User
from django.utils import timezone
from django.utils.formats import date_format

from .models import Customer
from .values import fold, rupees

admin.site.enable_nav_sidebar = False
# Customers are the only subject, as on Lastmile's page.
admin.site.unregister((User, Group))


class ShownColumns(ChangeList):
    """Reads only the columns that are shown."""

    def get_queryset(self, *args, **kwargs):
        customers = super().get_queryset(*args, **kwargs).only(
            "account_number", "name", "status", "plan_type", "speed_kbps", "price_paise", "churn_risk", "nps",
            "summary__outstanding_paise", "summary__next_bill_on",
        )  # fmt: skip
        if any("summary__" in column for column in customers.query.order_by):
            # Makes it an inner join, which reads an index of the summaries in order: they hold none without a segment, as of deleted customers.
            customers = customers.filter(summary__segment__isnull=False)
        return customers


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    # Lastmile's default columns.
    list_display = ("who", "status", "plan", "price", "churn_risk", "nps", "outstanding", "next_bill")
    list_filter = ("status", "churn_risk", "plan_type")
    list_per_page = 50
    list_select_related = ("summary",)
    # One count instead of two.
    show_full_result_count = False
    # The column of Lastmile's trigram index.
    search_fields = ("search_text__contains",)
    search_help_text = "Name, email, phone, account number, city"
    # Lastmile's list has no checkboxes to select rows.
    actions = None
    raw_id_fields = ("referred_by",)
    fieldsets = (
        ("Contact", {"fields": ("name", "email", "phone", "address_line", "city", "state", "pin_code")}),
        ("Status", {"fields": ("status", "cancelled_on", "cancel_reason")}),
        ("Plan", {"fields": ("plan_type", "speed_kbps", "price_paise", "billing_cycle", "ott_apps", "live_channels")}),
        ("Usage", {"fields": ("data_used_mb", "average_speed_kbps", "uptime_bp", "most_used_ott", "peak_hours")}),
        (
            "Relationship",
            {"fields": ("customer_since", "churn_risk", "nps", "tickets", "last_ticket_on", "satisfaction", "referred_by")},
        ),
    )  # fmt: skip

    def get_changelist(self, request, **kwargs):
        return ShownColumns

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    def save_model(self, request, obj, form, change):
        if change:
            obj.version += 1
        super().save_model(request, obj, form, change)

    def delete_model(self, request, obj):
        """Deletes as Lastmile does: the row remains."""
        obj.deleted_at = timezone.now()
        obj.version += 1
        obj.save(update_fields=("deleted_at", "updated_at", "version"))

    @admin.display(description="name", ordering="name_key")
    def who(self, customer):
        return f"{customer.name} LM-{customer.account_number:07}"

    @admin.display(description="plan type", ordering="plan_type")
    def plan(self, customer):
        return f"{customer.plan_type} {customer.speed_kbps // 1000} Mbps"

    @admin.display(description="price", ordering="price_paise")
    def price(self, customer):
        return rupees(customer.price_paise)

    @admin.display(description="outstanding", ordering="summary__outstanding_paise")
    def outstanding(self, customer):
        return rupees(customer.summary.outstanding_paise)

    @admin.display(description="next bill", ordering="summary__next_bill_key")
    def next_bill(self, customer):
        day = customer.summary.next_bill_on
        return None if day is None else date_format(day, "j M Y")
