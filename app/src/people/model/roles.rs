//! What each role may do: the one table. Server functions, routes and pages all ask it.

use crate::words::words;

words! {
    /// What a person is in the house.
    pub enum Role {
        /// Browses.
        Staff = "Staff",
        /// Browses, and works leads.
        Sales = "Sales",
        /// Does everything.
        Admin = "Admin",
    }
}

words! {
    /// What somebody may be allowed to do.
    pub enum Right {
        /// See customers.
        Browse = "Browse, search, filter and read customers",
        /// Work leads.
        WorkLeads = "Create, edit and convert leads",
        /// Change customers.
        EditCustomers = "Create, edit, delete and restore customers",
        /// Take lists away.
        Export = "Export",
        /// See to people.
        Administer = "Users, sessions of others, history of everything",
    }
}

impl Role {
    /// What the role may do.
    pub const fn rights(self) -> &'static [Right] {
        match self {
            Self::Staff => &[Right::Browse],
            Self::Sales => &[Right::Browse, Right::WorkLeads, Right::Export],
            Self::Admin => Right::ALL,
        }
    }

    /// Whether the role may do something.
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_one_that_was_asked_for() {
        for (right, staff, sales, admin) in [
            (Right::Browse, true, true, true),
            (Right::WorkLeads, false, true, true),
            (Right::EditCustomers, false, false, true),
            (Right::Export, false, true, true),
            (Right::Administer, false, false, true),
        ] {
            let may = [Role::Staff, Role::Sales, Role::Admin].map(|role| role.may(right));
            assert_eq!(may, [staff, sales, admin], "{right}");
        }
    }
}
