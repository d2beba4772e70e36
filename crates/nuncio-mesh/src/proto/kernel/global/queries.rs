//! What is asked of the database: a family once, or all that becomes of it.

use nuncio_codec::{Map, Text, Value};
use nuncio_core::NodeId;

use super::super::database::{Change, Owner};
use super::super::names::letters;
use super::super::{Action, Kernel, Moment, QueryId};
use super::{map, set_or_nothing};

/// One that was not answered yet.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) id: QueryId,
    pub(super) tag: &'static str,
    pub(super) family: Text,
}

impl Kernel {
    /// From now on every change of a family is told with [`Action::Changed`], beginning with what is there. False if that
    /// was so before; then what is there is not told again.
    pub fn subscribe(&mut self, now: Moment, family: &str) -> bool {
        self.now = now;
        let is_new = self.global.subscriptions.insert(family.into());
        if is_new {
            self.tell_changed(family, Change { set: self.family(family), deleted: Vec::new() });
            self.ask_master("g_mon1", &[family.into()]);
        }
        self.settle();
        is_new
    }

    /// Ends that.
    pub fn unsubscribe(&mut self, now: Moment, family: &str) {
        self.now = now;
        if self.global.subscriptions.remove(family) {
            self.ask_master("g_mon0", &[family.into()]);
        }
        self.settle();
    }

    /// Asks the database for a whole family; the answer comes with [`Action::Reply`], from a global node, or none if
    /// there is none.
    pub fn query(&mut self, now: Moment, question: Question, family: &str) -> QueryId {
        self.now = now;
        self.global.last_query += 1;
        let id = QueryId(self.global.last_query);
        if self.global.is_global {
            let answer = question.answer(self.family(family));
            self.actions.push_back(Action::Reply { query: id, answer });
        } else {
            // The originals count from `b`.
            let name = Text::from(letters(self.global.last_query + 1).as_str());
            self.ask_master(question.tag(), &[family.into(), Value::Text(name.clone())]);
            self.global.queries.insert(name, Query { id, tag: question.tag(), family: family.into() });
        }
        self.settle();
        id
    }

    pub(super) fn add_subscriber(&mut self, node: &NodeId, family: &str) {
        let watched = self.global.subscribers.values().filter(|subscribers| subscribers.contains(node)).count();
        if watched >= self.config.watched_families_max {
            return self.expel(node, "it watches too many families");
        }
        self.global.subscribers.entry(family.into()).or_default().insert(node.clone());
        let all = set_or_nothing(&self.family(family));
        self.ask(node, vec!["g_chg1".into(), family.into(), all]);
    }

    pub(super) fn remove_subscriber(&mut self, node: &NodeId, family: &str) {
        if let Some(subscribers) = self.global.subscribers.get_mut(family) {
            subscribers.remove(node);
            if subscribers.is_empty() {
                self.global.subscribers.remove(family);
            }
        }
    }

    pub(super) fn replace_family(&mut self, family: &str, all: Value) {
        let all = map(all);
        let known = self.database.family(family, |owner| *owner == Owner::Everybody);
        let gone: Vec<Text> = known.keys().filter(|key| !all.contains_key(key)).map(Text::from).collect();
        self.change(&Owner::Everybody, family, all, &gone);
    }

    pub(super) fn has_answered(&mut self, name: &str, answer: Value) {
        if let Some(query) = self.global.queries.remove(name) {
            self.actions.push_back(Action::Reply { query: query.id, answer });
        }
    }
}

/// What can be asked of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// All of it, as a map.
    Family,
    /// Its keys.
    Keys,
    /// Its values.
    Values,
}

impl Question {
    const fn tag(self) -> &'static str {
        match self {
            Self::Family => "g_db_family",
            Self::Keys => "g_db_keys",
            Self::Values => "g_db_values",
        }
    }

    pub(super) fn of(tag: &str) -> Option<Self> {
        [Self::Family, Self::Keys, Self::Values].into_iter().find(|question| question.tag() == tag)
    }

    pub(super) fn answer(self, family: Map) -> Value {
        match self {
            Self::Family => Value::Map(family),
            Self::Keys => family.keys().collect(),
            Self::Values => family.into_iter().map(|(_, value)| value).collect(),
        }
    }
}
