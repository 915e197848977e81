//! What the pages show: plain structs of text that is ready to be read, and the templates they fill.
//!
//! Handlers fill one of the page structs and hand it to [`render`]. Nothing here knows a use case, a table or a provider;
//! states come in as the words of `dossier_domain` and leave as a [`Pill`], [`Badge`] or [`State`], so that no template ever
//! chooses a colour. All text is escaped. A new page is a file here with its struct, and `templates/pages/` with its HTML.

mod account;
mod api_keys;
mod audit;
mod banner;
mod channel;
mod channel_form;
mod channels;
mod chart;
mod dashboard;
mod deed;
mod error;
mod faces;
mod field;
mod form;
mod general;
mod history;
mod icon;
mod json;
mod licence;
mod logs;
mod mark;
mod module_required;
mod moment;
mod notes;
mod page;
mod panel;
mod people;
mod people_form;
mod permission;
mod provider;
mod quantity;
mod quarantine;
mod reference;
mod request;
mod request_new;
mod requests;
mod result;
mod roles;
mod rows;
mod run;
mod shell;
mod shortcuts;
mod sign_in;
mod text;
mod tree;
mod users;
mod webhooks;

pub use account::{AccountPage, LinkContent, LinkPage, SessionRow};
pub use api_keys::{ApiKeyMadePage, ApiKeyRevokePage, ApiKeyRow, ApiKeysPage, KeyState};
pub use audit::{AuditPage, Change, Entry, EntryDetail, EventChoices, EventFilters, RequestAuditPage, Word, short};
pub use banner::{Banner, Link, Outcome};
pub use channel::{Address, ChannelDeletePage, ChannelPage, Health};
pub use channel_form::{ChannelChoosePage, ChannelFormPage, Handler, Own};
pub use channels::{ChannelRow, ChannelsPage, Fares, Standing};
pub use chart::{Bars, Chart, FailureRow, Failures, Figure, Fill, Series, Unit};
pub use dashboard::{AilingRow, DashboardPage, Figures, Over, PeriodLink, Requests, Start, Tile};
pub use deed::{DeedForm, DeedPage};
pub use error::ErrorPage;
pub use faces::{Comparison, Picture};
pub use field::{Choice, Control, Field, Kept, TextKind};
pub use form::{ActionFormPage, Before, Fold, Group, Part, Problem, Problems};
pub use general::GeneralPage;
pub use history::{HistoryPage, RunRow, Yield};
pub use icon::{Icon, icon};
pub use json::{JsonPage, JsonTree, json_path};
pub use licence::{LicencePage, ModuleRow, Opens, Term};
pub use logs::{Answer, Body, Call, LogFilters, LogsPage, Opened, Side, answered, broken};
pub use mark::{
    ATTENTION, Badge, Look, Pill, Said, State, Tone, attention, badge, run, status, status_look, verdict, verdict_tone,
    verdict_word,
};
pub use module_required::ModuleRequiredPage;
pub use moment::{Moment, clock, date, day, day_and_month, exact, iso, moment, month, seconds, soon};
pub use notes::{LatestNotes, NoteForm, NoteLine, NotesPage};
pub use page::{Pager, render};
pub use panel::{Action, Category, Panel, Run};
pub use people::People;
pub use people_form::{PeopleFormPage, Place};
pub use permission::{by_module, permission_module, permission_words};
pub use provider::{Degree, ProviderAction, ProviderDetail, ProviderRow, ProvidersPage, Refused, Wrong};
pub use quantity::{bytes, count, counted, plural, took};
pub use quarantine::{Letter, QuarantinePage, QuarantineRow};
pub use reference::{
    ApiHeading, ApiMember, ApiOperation, ApiOverviewPage, ApiPage, ApiParameter, ApiProblem, ApiReply, ApiType,
};
pub use request::{ChannelName, Deeds, RequestHead, RequestPage};
pub use request_new::{NewRequest, NewRequestForm, RequestNewPage, SetUp};
pub use requests::{Bucket, Filters, Listing, RequestRow, RequestsPage};
pub use result::{Cell, File, Item, Raw, ResultView, Section, Table};
pub use roles::{LoserRow, RoleDeletePage, RolePage, RoleRow, RolesPage};
pub use rows::RowsPage;
pub use run::{CallbackRow, Fact, Remedy, RunPage, SettleForm, StoryStep};
pub use shell::{Setting, Shell, Theme, User};
pub use shortcuts::ShortcutsPage;
pub use sign_in::{Notice, SignInPage};
pub use text::{Redactable, isolate};
pub use tree::{Branch, Leaf, Tree};
pub use users::{Access, UserDeactivatePage, UserLinkPage, UserPage, UserRow, UsersPage};
pub use webhooks::{
    AttemptRow, DeliveryPage, DeliveryRow, WebhookDeletePage, WebhookPage, WebhookRotatePage, WebhookRow,
    WebhookSecretPage, WebhooksPage, delivery_state, webhook_state,
};
