//! A clerk who knows what each action of InTouch is asked with, and goes on with what the actions before brought.

use std::sync::Arc;

use dossier_connector::{Call, Channel, File, Outcome, RequestNames};
use serde_json::{Map, Value, json};

use crate::desk::{Desk, Ended};

/// Whoever is checked. Nobody of this name and number exists.
pub(crate) const ID_NUMBER: &str = "9202204720083";
/// The workflows that can be started, and the ID of each.
pub(crate) const WORKFLOWS: &[(&str, &str)] = &[
    ("gold", "ea5cf494-3caa-42ed-bf3e-fcbc80501af2"),
    ("silver", "46ead40d-8bbc-4491-8ada-6e91c251de0c"),
    ("basic", "585b68cc-d4c8-4476-ab30-33beb587774e"),
    ("individual", "64eeb01d-a9bb-46ad-861f-1551eef45984"),
    ("screening", "e9096f04-2476-435c-b638-64f7122fd448"),
    ("dha", "bcd425e5-345c-4e98-9638-14afffe541f2"),
    ("credit", "47d843d3-72f0-4d96-ae83-c19e0f99d58c"),
    ("trace", "337944e4-1a9c-4c02-a9af-05badb381cfd"),
    ("account", "582334b0-fb4e-46f0-8842-fe1d6818ab76"),
    ("eagle_eye", "3f5bee2d-5c25-434e-a0b0-30855f799eaf"),
    ("other", "0e8f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"),
];

pub(crate) struct Clerk {
    pub(crate) desk: Desk,
    /// What the actions have brought.
    pub(crate) outputs: Map<String, Value>,
}

impl Clerk {
    pub(crate) fn at(desk: Desk) -> Self {
        Self { desk, outputs: Map::new() }
    }

    fn channel(&self) -> Channel {
        let mut channel = self.desk.channel();
        channel.config["consentPath"] = json!("/consent/api/v3");
        channel
    }

    /// Runs an action as it is usually asked, under this reference; what it brings is kept.
    pub(crate) async fn run(&mut self, action: &str, reference: &str) -> Ended {
        let params = self.params(action, reference);
        self.run_with(action, params, reference).await
    }

    pub(crate) async fn run_with(&mut self, action: &str, params: Value, reference: &str) -> Ended {
        let call = Call {
            manifest: Arc::clone(&self.desk.manifest),
            action,
            channel: self.channel(),
            request: RequestNames { id: "request-1".to_owned(), reference: reference.to_owned() },
            actor: "Pieter van Rensburg".to_owned(),
            run: "run-1".to_owned(),
            params,
            files: ["front", "back"].map(|side| (side.to_owned(), picture(side, reference))).into(),
            callback_url: None,
            outputs: Value::Object(self.outputs.clone()),
            now: self.desk.clock.now(),
        };
        let outcome = self.desk.connector.run(&call, &self.desk.journal).await;
        if let Outcome::Succeeded(success) = &outcome {
            self.outputs.extend(success.outputs.as_object().cloned().unwrap_or_default());
        }
        Ended(outcome)
    }

    /// What an action is usually asked with.
    pub(crate) fn params(&self, action: &str, reference: &str) -> Value {
        let output = |name: &str| self.outputs.get(name).cloned().unwrap_or_else(|| json!("C-unknown"));
        let [front, back] = ["front", "back"].map(|side| {
            json!({"id": side, "name": format!("{side}.png"), "type": "image/png", "size": picture(side, reference).bytes.len()})
        });
        let of_person = |more: Value| {
            let mut all = json!({"permissiblePurpose": "Admin Purpose", "idNumber": ID_NUMBER, "reference": reference,
                "enquiryReason": "New account"});
            let all_pairs = all.as_object_mut().unwrap();
            all_pairs.extend(more.as_object().cloned().unwrap());
            all
        };
        match action {
            "send_consent_request" => json!({"shortHand": "email", "termsLink": "https://protea-ridge.example/terms",
                "email": "s.dlamini@mail.example", "phoneNumber": "+27820000147", "reference": reference}),
            "consent_status" | "get_consent_document" => json!({ "consentId": output("consentId") }),
            "consent_request_status" | "rerequest_consent" => json!({ "requestId": output("consentRequestId") }),
            "update_consent_request" => json!({"requestId": output("consentRequestId"), "retryCount": 3}),
            "get_consent_types_by_contact" => json!({"contact": "s.dlamini@mail.example"}),
            "run_workflow" => work("gold", reference),
            "workflow_status" => json!({ "trackingId": output("trackingId") }),
            "company_kyc" => json!({"reference": reference, "registrationNumber": "2014/187452/07",
                "directors": [{"FirstName": "Sibongile", "Surname": "Dlamini", "IDNumber": ID_NUMBER,
                    "EmailAddress": "s.dlamini@mail.example"}]}),
            "upload_files" => json!({"what": "both", "frontImage": front, "backImage": back}),
            "identity_document_ocr" => json!({"frontImage": front, "backImage": back}),
            "face_compare" => json!({"target": front, "face": back}),
            "passive_liveness" => json!({ "media": front }),
            "dha_with_photo" => of_person(json!({})),
            "individual_ekyc" => of_person(json!({"firstName": "Sibongile", "surname": "Dlamini",
                "addressLine1": "14 Jacaranda Street", "postalCode": "0083", "email": "s.dlamini@mail.example",
                "telephone": "+27820000147"})),
            "combined_aml" => of_person(json!({"firstName": "Sibongile", "lastName": "Dlamini",
                "dateOfBirth": "1992-02-20"})),
            "bank_account" => of_person(account()),
            _ => json!({}),
        }
    }
}

fn account() -> Value {
    json!({"bank": "Protea Ridge Bank", "bankAccountType": "Savings", "bankAccountNumber": "1234509876",
        "bankBranchCode": "250655"})
}

/// What a workflow is asked with.
pub(crate) fn work(workflow: &str, reference: &str) -> Value {
    let mut params = match workflow {
        "screening" => json!({"firstAndLastName": "Sibongile Dlamini"}),
        "dha" | "trace" => json!({ "idNumber": ID_NUMBER }),
        "credit" => json!({"idNumber": ID_NUMBER, "firstName": "Sibongile", "lastName": "Dlamini", "gender": "Female",
            "reference": reference, "enquirerName": "Pieter van Rensburg", "enquirerContact": "+27110000017",
            "enquirerEmailAddress": "p.vanrensburg@protea-ridge.example"}),
        "eagle_eye" => json!({"idNumber": ID_NUMBER, "firstName": "Sibongile", "lastName": "Dlamini",
            "enquiryReason": "New loan", "reference": reference}),
        "individual" => json!({"idNumber": ID_NUMBER, "firstName": "Sibongile", "lastName": "Dlamini",
            "reference": reference}),
        "account" => json!({"idNumber": ID_NUMBER, "firstName": "Sibongile", "lastName": "Dlamini",
            "externalReference": reference}),
        "other" => json!({"workflowId": WORKFLOWS[10].1,
            "values": [{"name": "IDNumber", "value": ID_NUMBER}, {"name": "Colour"}]}),
        _ => json!({"idNumber": ID_NUMBER, "addressLine1": "14 Jacaranda Street", "city": "Pretoria",
            "reference": reference}),
    };
    if matches!(workflow, "gold" | "account") {
        params.as_object_mut().unwrap().extend(account().as_object().cloned().unwrap());
    }
    params["workflow"] = json!(workflow);
    params
}

/// A picture by its first bytes, with the markers of the reference in it.
fn picture(side: &str, reference: &str) -> File {
    let bytes = [b"\x89PNG\r\n\x1a\n", side.as_bytes(), b" ", reference.as_bytes()].concat();
    File { name: format!("{side}.png"), media_type: "image/png".to_owned(), bytes }
}
