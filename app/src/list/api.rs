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
    };
}

pub(crate) use list_api;
