//! The addresses of services.

use uuid::Uuid;

use super::model::ServiceAction;
use crate::base::roles::Permission;

/// The list of customers, whose records show their services.
pub const CUSTOMERS: &str = "/customers";
/// Below it is the page of each customer's services.
pub const SERVICES: &str = "/services";

/// The record of a customer.
pub fn customer_url(customer: Uuid) -> String {
    format!("{CUSTOMERS}/{customer}")
}

/// The services of a customer.
pub fn services_url(customer: Uuid) -> String {
    format!("{SERVICES}/{customer}")
}

/// Ordering a service.
pub fn order_url(customer: Uuid) -> String {
    format!("{SERVICES}/{customer}/order")
}

/// Doing something with a service.
pub fn action_url(customer: Uuid, service: Uuid, action: ServiceAction) -> String {
    format!("{SERVICES}/{customer}/{service}/{action}")
}

/// Withdrawing an event that waits.
pub fn withdraw_url(customer: Uuid, event: Uuid) -> String {
    format!("{SERVICES}/{customer}/{event}/{WITHDRAW}")
}

/// The last part of the address by which an event is withdrawn.
pub const WITHDRAW: &str = "withdraw";

/// The dialog over the page of a customer's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServicesDialog {
    /// No dialog.
    None,
    /// Ordering a service.
    Order,
    /// Doing something with a service.
    Act(Uuid, ServiceAction),
    /// Withdrawing an event.
    Withdraw(Uuid),
}

impl ServicesDialog {
    /// Who may open it; none where there is no dialog.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::None => None,
            Self::Order | Self::Withdraw(_) => Some(Permission::SellServices),
            Self::Act(_, action) => Some(action.permission()),
        }
    }
}

/// The customer and the dialog of an address below [`SERVICES`]; none where it is not such an address.
pub fn parse(path: &str) -> Option<(Uuid, ServicesDialog)> {
    let rest = path.trim_end_matches('/').strip_prefix(SERVICES)?.strip_prefix('/')?;
    let mut parts = rest.split('/');
    let customer = Uuid::parse_str(parts.next()?).ok()?;
    let dialog = match (parts.next(), parts.next(), parts.next()) {
        (None, _, _) => ServicesDialog::None,
        (Some("order"), None, _) => ServicesDialog::Order,
        (Some(id), Some(WITHDRAW), None) => ServicesDialog::Withdraw(Uuid::parse_str(id).ok()?),
        (Some(id), Some(action), None) => ServicesDialog::Act(Uuid::parse_str(id).ok()?, ServiceAction::parse(action)?),
        _ => return None,
    };
    Some((customer, dialog))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let (customer, id) = (Uuid::from_u128(7), Uuid::from_u128(8));
        assert_eq!(parse(&services_url(customer)), Some((customer, ServicesDialog::None)));
        assert_eq!(parse(&order_url(customer)), Some((customer, ServicesDialog::Order)));
        assert_eq!(
            parse(&withdraw_url(customer, id)),
            Some((customer, ServicesDialog::Withdraw(id)))
        );
        for action in ServiceAction::ALL.iter().copied() {
            let url = action_url(customer, id, action);
            assert_eq!(parse(&url), Some((customer, ServicesDialog::Act(id, action))), "{url}");
        }
        for path in ["/services", "/services/7", "/services/x/order", "/customers/7"] {
            assert_eq!(parse(path), None, "{path}");
        }
        let url = format!("{}/fly", services_url(customer));
        assert_eq!(parse(&format!("{url}/now")), None);
    }
}
