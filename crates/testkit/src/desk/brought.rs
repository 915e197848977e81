//! What a request may hold that the built-in providers do not bring yet.

use std::time::Duration;

use dossier_domain::{AttachmentId, Entropy, Ids, RequestId, Verdict};
use dossier_storage::attachments::{self, Attachment, Kind};
use dossier_storage::results::{self, RunResult};
use dossier_storage::{BlobStore, exchanges, runs};
use serde_json::{Value, json};

use super::Firm;

impl Firm<'_> {
    fn ids(&self) -> Ids {
        Ids { clock: self.desk.clock.clone(), entropy: Entropy::System }
    }

    /// Adds a file to a request, as if somebody had brought it.
    pub async fn attach(&self, request: RequestId, name: &str, media_type: &str, bytes: &[u8]) -> AttachmentId {
        let database = &self.desk.database;
        let (db, blobs) = (&database.db, BlobStore::local(&database.files()).expect("a folder for files"));
        let id = self.ids().make();
        let mut tx = db.read(self.scope()).await.expect("a transaction");
        let key = attachments::key(&mut tx, request, id).await.expect("the key of a file");
        drop(tx);
        let preview = dossier_app::pictures::preview(bytes).ok();
        if let Some(preview) = &preview {
            blobs.put_preview(&key, &preview.bytes).await.expect("a place for the picture");
        }
        let file = Attachment {
            id,
            request,
            run: None,
            kind: Kind::Received,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            blob: blobs.put(&key, bytes).await.expect("a place for the file"),
            preview: preview.map(|preview| preview.pixels),
            staged_by: None,
            created_at: self.desk.clock.now(),
        };
        let mut tx = db.write(self.scope()).await.expect("a transaction");
        attachments::add(&mut tx, &file).await.expect("a file");
        tx.commit().await.expect("a commit");
        id
    }

    /// Stores `display` as what an action brought: for what the built-in providers do not show yet. No worker may run.
    pub async fn show(&self, request: RequestId, action: &str, params: Value, display: Value) {
        let run = self.start(request, action, params).await.expect("a run");
        let mut tx = self.desk.database.db.write(self.scope()).await.expect("a transaction");
        let run = runs::find(&mut tx, run).await.expect("the run").expect("the run");
        let result = RunResult {
            id: self.ids().make(),
            run: run.id,
            request,
            action: action.to_owned(),
            raw: b"{}".to_vec(),
            content_type: "application/json".to_owned(),
            display,
            outputs: json!({}),
            verdict: Verdict::None,
            executed_at: self.desk.clock.now(),
            by: run.by,
            took: Duration::ZERO,
        };
        results::add(&mut tx, &result, None, 0).await.expect("a result");
        tx.commit().await.expect("a commit");
    }

    /// Writes as many calls of a status question into the log of a request, all answered but the first, which was not.
    pub async fn log(&self, request: RequestId, calls: usize) {
        let db = &self.desk.database.db;
        let mut tx = db.write(self.scope()).await.expect("a transaction");
        for number in 0..calls {
            let call = exchanges::NewExchange {
                id: self.ids().make(),
                request: Some(request),
                run: None,
                channel: self.channel(),
                action: "workflow_status".to_owned(),
                actor: "Somebody".to_owned(),
                step: "status".to_owned(),
                attempt: 1,
                method: "GET".to_owned(),
                url: format!("https://api.example/status?n={number}"),
                headers: Vec::new(),
                body: Vec::new(),
                started_at: self.desk.clock.now(),
            };
            exchanges::add(&mut tx, &call).await.expect("a call");
            let answer = exchanges::Message { headers: Vec::new(), body: b"{}".to_vec() };
            let ended = match number {
                0 => exchanges::break_off(&mut tx, call.id, "timeout", "No answer.", Duration::ZERO).await,
                _ => exchanges::answer(&mut tx, call.id, 200, &answer, Duration::ZERO).await,
            };
            assert!(ended.expect("its end"));
        }
        tx.commit().await.expect("a commit");
    }
}
