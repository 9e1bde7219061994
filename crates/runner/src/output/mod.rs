//! What people and programs read: lines, tables, progress, the plan as JSON.

pub mod plain;
pub mod plan_json;
pub mod progress;
pub mod say;
pub mod table;
pub mod typed;
