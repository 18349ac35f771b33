//! The server functions about a list that is read from its table. They are concrete, so that a macro makes those of each subject.

/// Makes the server functions about a subject's list, in a module that has `SPEC`. Each is a public address behind the prefix; `address` is
/// the part of the list's address behind the path.
macro_rules! list_api {
    ($subject:ident, $prefix:tt) => {
        /// A page of the list.
        #[server(prefix = $prefix, endpoint = "list", input = leptos::server_fn::codec::GetUrl)]
        pub async fn list(address: String) -> Result<$crate::list::responses::ListPage, AppError> {
            let context = AppContext::require(SPEC.browse)?;
            let columns = $crate::list::columns::selected(&SPEC);
            let list = $crate::list::table_rows::list::<$subject>(&context, &SPEC, &address, &columns);
            context.with_deadline(list).await
        }

        /// The numbers of the list: how many rows there are, of each value of each facet, and what they add up to.
        #[server(prefix = $prefix, endpoint = "counts", input = leptos::server_fn::codec::GetUrl)]
        pub async fn counts(address: String) -> Result<$crate::list::responses::ListCounts, AppError> {
            let context = AppContext::require(SPEC.browse)?;
            let counts = $crate::list::counts::counts::<$subject>(&context, &SPEC, &address);
            context.with_deadline(counts).await
        }

        $crate::list::api::columns_api!($prefix);
    };
}

/// Makes the server function that keeps the choice of a list's columns, in a module that has `SPEC`.
macro_rules! columns_api {
    ($prefix:tt) => {
        /// Keeps the choice of the list's columns, in a cookie.
        #[server(prefix = $prefix, endpoint = "columns", client = crate::http::client::UserClient)]
        pub async fn choose_columns(#[server(default)] columns: Vec<String>) -> Result<(), AppError> {
            let context = AppContext::require(SPEC.browse)?;
            $crate::list::columns::keep(&SPEC, &columns, &context.public_address)
        }
    };
}

/// Makes the page of a list whose rows are made elsewhere, from what [`list_api`] has made.
macro_rules! read_only_list {
    () => {
        $crate::list::read_only::ReadOnlyList {
            spec: &SPEC,
            list: |address| Box::pin(list(address)),
            counts: |address| Box::pin(counts(address)),
            choose_columns: |names| Box::pin(choose_columns(names)),
        }
    };
}

pub(crate) use {columns_api, list_api, read_only_list};
