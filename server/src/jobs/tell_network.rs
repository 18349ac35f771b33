//! Tells the network what happened to a service.

use app::base::error::AppError;
use app::services::store::network::{self, NetworkMessage};
use uuid::Uuid;

use super::run::{JobRun, Outcome};
use crate::network_hook::NetworkHook;

/// Tells the event of the job, and before it those of the same service that were not told yet: the network hears them in their order. Where the
/// program dies between the call and its note, the network hears one twice, with the same id.
pub async fn run(run: &JobRun) -> Outcome {
    let event = run.job().payload.get("event").and_then(|event| event.as_str());
    let event = event.and_then(|event| Uuid::parse_str(event).ok());
    let event = event.ok_or_else(|| AppError::internal("the job names no event"))?;
    let hook = run.context().shared::<NetworkHook>();
    loop {
        let mut db = run.begin().await?;
        // Another job about the same service waits here.
        network::lock_messages(&mut db, event).await?;
        let Some(message) = network::next_message(&mut db, event).await? else {
            return Ok(());
        };
        hook.tell(run.context().clock.now(), message.id, &body(&message))
            .await
            .map_err(AppError::internal)?;
        network::set_told(&mut db, message.id).await?;
        run.commit(db, 1).await?;
    }
}

fn body(message: &NetworkMessage) -> String {
    serde_json::json!({
        "id": message.id,
        "event": message.kind.as_str(),
        "cause": message.cause.as_str(),
        "effective_on": message.effective_on,
        "service": message.service,
        "login": message.login,
        "customer": message.customer,
        "plan": message.plan,
        "download_kbps": message.download.0,
        "upload_kbps": message.upload.0,
    })
    .to_string()
}
