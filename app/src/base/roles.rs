//! Roles and their permissions: the one table that server functions, routes and pages ask.

use crate::base::word_enum::word_enum;

word_enum! {
    /// What a user may do, in a word.
    pub enum Role {
        /// Browses.
        Staff = "Staff",
        /// Browses, and works leads.
        Sales = "Sales",
        /// Does everything.
        Admin = "Admin",
    }
}

word_enum! {
    /// Something that a role allows.
    pub enum Permission {
        /// Sees customers and plans.
        Browse = "Browse, search, filter and read customers and plans",
        /// Works leads.
        WorkLeads = "Create, edit and convert leads",
        /// Orders services and changes plans.
        SellServices = "Order services and change plans",
        /// Does everything else with services.
        ManageServices = "Activate, suspend, pause, resume and end services",
        /// Changes customers.
        EditCustomers = "Create, edit, delete and restore customers",
        /// Takes money.
        TakePayments = "Take payments",
        /// Makes bills, and takes bills and payments back.
        Bill = "Bill, credit bills, reverse payments",
        /// Exports lists.
        Export = "Export",
        /// Administers users, jobs, plans, holidays, the provider's details and the list of served PIN codes.
        Administer = "Manage users, sessions, plans, holidays, provider, served PIN codes, jobs and history",
    }
}

impl Role {
    /// The permissions of the role.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Staff => &[Permission::Browse, Permission::TakePayments],
            Self::Sales => &[
                Permission::Browse,
                Permission::WorkLeads,
                Permission::SellServices,
                Permission::TakePayments,
                Permission::Export,
            ],
            Self::Admin => Permission::ALL,
        }
    }

    /// Whether the role has a permission.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_permissions() {
        for (permission, staff, sales, admin) in [
            (Permission::Browse, true, true, true),
            (Permission::WorkLeads, false, true, true),
            (Permission::SellServices, false, true, true),
            (Permission::ManageServices, false, false, true),
            (Permission::EditCustomers, false, false, true),
            (Permission::TakePayments, true, true, true),
            (Permission::Bill, false, false, true),
            (Permission::Export, false, true, true),
            (Permission::Administer, false, false, true),
        ] {
            let may = [Role::Staff, Role::Sales, Role::Admin].map(|role| role.may(permission));
            assert_eq!(may, [staff, sales, admin], "{permission}");
        }
    }
}
