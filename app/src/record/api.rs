//! The server functions about records, which every subject has. They are concrete, so that a macro makes those of each.

/// Makes the server function that gives the form of a subject's records, in a module that has `SPEC`.
macro_rules! form_api {
    ($subject:ident, $prefix:tt) => {
        /// The form of a new record (no id) or of an edit; after a sending without script, the form that came back.
        #[server(prefix = $prefix, endpoint = "form", input = leptos::server_fn::codec::GetUrl)]
        pub async fn form(#[server(default)] id: Option<Uuid>) -> Result<RecordForm, AppError> {
            // What came back is the sender's own, and is shown whatever else fails.
            if let Some(form) = use_context::<RecordForm>() {
                return Ok(form);
            }
            let context = AppContext::require(SPEC.edit)?;
            context
                .with_deadline($crate::record::save::open_form::<$subject>(&context, id))
                .await
        }
    };
}

/// Makes the other server functions about a subject's records and the pages that call them, in a module that has `SPEC`. Each is a public address
/// behind the prefix; `$timeline` reads the timeline of a record.
macro_rules! record_api {
    ($subject:ident, $prefix:tt, $timeline:path) => {
        #[cfg(feature = "ssr")]
        use $crate::record::responses::DeletedQuery;
        use $crate::record::responses::{DeleteOutcome, DeletePreview, DeletedList, RecordForm, SaveOutcome};

        /// The last events of a record, or those before the version `older`.
        ///
        /// # Errors
        /// `NotFound` also for a deleted record where the caller could not restore it.
        #[server(prefix = $prefix, endpoint = "timeline", input = leptos::server_fn::codec::GetUrl)]
        pub async fn timeline(
            id: Uuid,
            #[server(default)] older: Option<i64>,
        ) -> Result<$crate::timeline::TimelinePage, AppError> {
            let context = AppContext::require(SPEC.browse)?;
            context.with_deadline($timeline(&context, id, older)).await
        }

        /// Saves a form, which is sent as a browser would send it.
        #[server(prefix = $prefix, endpoint = "save", client = crate::http::client::UserClient)]
        pub async fn save(form: String) -> Result<SaveOutcome, AppError> {
            let context = AppContext::require(SPEC.edit)?;
            let submission = RecordForm::parse(&SPEC, &form)
                .ok_or_else(|| AppError::BadRequest(format!("this is not the form of a {}", SPEC.singular)))?;
            $crate::record::save::save::<$subject>(&context, submission).await
        }

        /// What a deletion would take away.
        #[server(prefix = $prefix, endpoint = "deletion", input = leptos::server_fn::codec::GetUrl)]
        pub async fn preview_deletion(id: Uuid) -> Result<DeletePreview, AppError> {
            // Of a deletion without script that was refused, what the record is now.
            if let Some(preview) = use_context::<DeletePreview>() {
                return Ok(preview);
            }
            let context = AppContext::require(SPEC.edit)?;
            context
                .with_deadline($crate::record::delete::delete_preview::<$subject>(&context, id))
                .await
        }

        /// Deletes a record that has a version.
        #[server(prefix = $prefix, endpoint = "delete", client = crate::http::client::UserClient)]
        pub async fn delete(id: Uuid, #[server(default)] version: i64) -> Result<DeleteOutcome, AppError> {
            let context = AppContext::require(SPEC.edit)?;
            $crate::record::delete::delete::<$subject>(&context, id, version).await
        }

        /// Restores a deleted record that has a version.
        #[server(prefix = $prefix, endpoint = "restore", client = crate::http::client::UserClient)]
        pub async fn restore(id: Uuid, #[server(default)] version: i64) -> Result<DeleteOutcome, AppError> {
            let context = AppContext::require(SPEC.edit)?;
            $crate::record::delete::restore::<$subject>(&context, id, version).await
        }

        /// Deleted records, the last deleted first: those that a search names.
        #[server(prefix = $prefix, endpoint = "deleted", input = leptos::server_fn::codec::GetUrl)]
        pub async fn deleted(
            #[server(default)] search: String,
            #[server(default)] older_than: Option<Uuid>,
        ) -> Result<DeletedList, AppError> {
            let context = AppContext::require(SPEC.edit)?;
            let query = DeletedQuery { search, older_than };
            context
                .with_deadline($crate::record::delete::deleted_list::<$subject>(&context, query))
                .await
        }

        /// The pages that call these functions and `list`, and that show a record by `record_page`.
        pub const fn pages(
            record_page: &'static $crate::ui::lazy::LazyChunk<Uuid>,
        ) -> $crate::record::subject::SubjectPages {
            $crate::record::subject::SubjectPages {
                spec: &SPEC,
                record_page,
                views: &[],
                board: None,
                list: |address| Box::pin(list(address)),
                counts: None,
                choose_columns: |names| Box::pin(choose_columns(names)),
                restore: |id, version| Box::pin(restore(id, version)),
                deleted: |query| Box::pin(deleted(query.search, query.older_than)),
                has_conversion: false,
                related: None,
            }
        }

        /// The dialogs that call these functions and `form`.
        pub const fn dialogs() -> $crate::record::subject::SubjectDialogs {
            $crate::record::subject::SubjectDialogs {
                spec: &SPEC,
                form: |id| Box::pin(form(id)),
                choices: None,
                hint: None,
                save: |form| Box::pin(save(form)),
                delete_preview: |id| Box::pin(preview_deletion(id)),
                delete: |id, version| Box::pin(delete(id, version)),
                find: None,
                matching: None,
                conversion: None,
            }
        }
    };
}

pub(crate) use {form_api, record_api};
