//! What the server answers about plans, beyond what it answers about any record.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::BillingCycle;
use crate::base::text::isolated;
use crate::base::units::{Kbps, Paise};

/// A plan that can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOffer {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Download.
    pub speed: Kbps,
    /// For a month, without GST.
    pub price: Paise,
    /// How often a bill is made.
    pub billing_cycle: BillingCycle,
}

impl PlanOffer {
    /// What an option says: `Fiber 100: 100 Mbps, ₹699 per month, billed monthly`.
    pub fn label(&self) -> String {
        let cycle = self.billing_cycle.as_str().to_lowercase();
        format!(
            "{}: {}, {} per month, billed {cycle}",
            isolated(&self.name),
            self.speed,
            self.price
        )
    }

    /// [`Self::label`] for a service that has another price: how much more or less it is.
    pub fn label_after(&self, price: Paise) -> String {
        let (more, word) = match self.price.0 - price.0 {
            0 => return self.label(),
            more @ 1.. => (more, "more"),
            less => (-less, "less"),
        };
        format!("{} ({} {word})", self.label(), Paise(more))
    }
}
