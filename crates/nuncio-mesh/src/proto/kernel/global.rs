//! How nodes of generation 2.x find each other and what they know in common: global nodes are connected to each other and
//! hold the database; every other node has one of them as its master, and asks it.

mod groups;
mod queries;
mod reunion;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nuncio_codec::{Map, Text, Value};
use nuncio_core::NodeId;

use self::queries::Query;
pub use self::queries::Question;
use super::database::{Change, Owner};
use super::full_mesh::{addresses, strings};
use super::{Action, Kernel, Moment};
use crate::proto::Generation;
use crate::proto::framing::text_of;

/// The family of nodes and where they listen.
const LISTENERS: &str = "'l";
/// The family of global nodes.
const GLOBALS: &str = "'g";
/// How long to wait before a global node is dialled again, at first.
const REUNITE_AFTER: Duration = Duration::from_millis(300);

#[derive(Debug, Default)]
pub(super) struct Global {
    is_global: bool,
    /// Connected nodes that are global.
    globals: BTreeSet<NodeId>,
    /// Nodes whose master this one is.
    slaves: BTreeSet<NodeId>,
    master: Option<NodeId>,
    /// Families that this node wants to know all about.
    subscriptions: BTreeSet<Text>,
    /// Who wants to know all about which families.
    subscribers: BTreeMap<Text, BTreeSet<NodeId>>,
    /// Nodes whose addresses were asked for.
    finds: BTreeSet<NodeId>,
    queries: BTreeMap<Text, Query>,
    last_query: u64,
    /// Ports of this node, and the groups that they are in.
    memberships: BTreeSet<(Text, Text)>,
    /// Global nodes that are not connected: when to try again, and how long to wait then.
    apart: BTreeMap<NodeId, (Duration, Duration)>,
}

impl Global {
    pub(super) fn memberships(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.memberships.iter().map(|(group, port)| (group, port))
    }
}

impl Kernel {
    /// The members of a group or the entries of a family, as far as they are known here: all of a group of generation
    /// 1.x, all of a family that was [subscribed](Self::subscribe) to, and on global nodes everything.
    #[must_use]
    pub fn family(&self, family: &str) -> Map {
        self.database.family(family, |_| true)
    }

    /// All families that are known here.
    #[must_use]
    pub fn families(&self) -> Map {
        self.database.seen(|_| true)
    }

    /// Sets values in a family, as this node's own.
    pub fn set(&mut self, now: Moment, family: &str, values: Map) {
        self.now = now;
        self.change_own(family, values, &[]);
        self.settle();
    }

    /// Deletes values of this node.
    pub fn delete(&mut self, now: Moment, family: &str, keys: &[Text]) {
        self.now = now;
        self.change_own(family, Map::new(), keys);
        self.settle();
    }

    pub(super) fn begin_global(&mut self) {
        if !self.config.speaks(Generation::Two) {
            return;
        }
        self.tell_listeners(addresses(&self.config.binds));
        if self.config.is_global {
            self.become_global();
        }
    }

    /// Says in the database where this node listens.
    pub(super) fn tell_listeners(&mut self, told: Value) {
        if self.config.speaks(Generation::Two) {
            self.change_own(LISTENERS, Map::from_iter([(self.config.node.as_str(), told)]), &[]);
        }
    }

    fn become_global(&mut self) {
        if std::mem::replace(&mut self.global.is_global, true) {
            return;
        }
        self.global.master = None;
        self.forget_owner(&Owner::Everybody);
        self.change_own(GLOBALS, Map::from_iter([(self.config.node.as_str(), Value::Null)]), &[]);
        for node in self.up_in_generation_two() {
            self.ask(&node, vec!["g_global".into()]);
        }
        for node in self.global.globals.clone() {
            self.tell_own_part(&node);
        }
    }

    fn up_in_generation_two(&self) -> Vec<NodeId> {
        let is_two = |node: &&NodeId| self.speaks_with(node, Generation::Two);
        self.up_nodes().filter(is_two).cloned().collect()
    }

    /// A node of generation 2.x is connected.
    pub(super) fn join_global(&mut self, node: &NodeId, is_dialled: bool) {
        self.global.apart.remove(node);
        if self.global.is_global {
            self.ask(node, vec!["g_global".into()]);
        } else if is_dialled && self.dialling.is_seed(node) {
            self.ask_seed(node);
        }
    }

    /// A node that is connected already turns out to be a seed.
    pub(super) fn has_found_seed(&mut self, node: &NodeId) {
        if !self.global.is_global && self.speaks_with(node, Generation::Two) {
            self.ask_seed(node);
        }
    }

    /// This node itself turns out to be a seed, all of which are global.
    pub(super) fn is_a_seed(&mut self) {
        if self.config.speaks(Generation::Two) {
            self.become_global();
        }
    }

    fn ask_seed(&mut self, node: &NodeId) {
        self.ask(node, vec!["g_slave".into()]);
        if self.global.master.is_none() {
            self.take_master(node);
        }
    }

    /// A node of generation 2.x is gone.
    pub(super) fn leave_global(&mut self, node: &NodeId) {
        for subscribers in self.global.subscribers.values_mut() {
            subscribers.remove(node);
        }
        self.global.subscribers.retain(|_, subscribers| !subscribers.is_empty());
        let was_global = self.global.globals.remove(node);
        if was_global && self.global.is_global {
            self.global.apart.insert(node.clone(), (self.now.elapsed + REUNITE_AFTER, REUNITE_AFTER));
        }
        // A slave until then, for the other global nodes are told what happens to a slave's part.
        self.forget_owner(&Owner::Node(node.clone()));
        self.global.slaves.remove(node);
        if self.global.master.as_ref() == Some(node) {
            self.global.master = None;
            let others: Vec<NodeId> = self.global.globals.iter().cloned().collect();
            if let Some(master) = self.random.choose(&others) {
                self.take_master(&master);
            }
        }
    }

    fn take_master(&mut self, node: &NodeId) {
        self.global.master = Some(node.clone());
        let own = self.database.seen(|owner| *owner == Owner::Node(self.config.node.clone()));
        self.ask(node, vec!["g_slave".into(), Value::Map(own)]);
        // What the former master did not answer.
        for wanted in self.global.finds.clone() {
            self.ask_master("g_find", &[wanted.as_str().into()]);
        }
        for family in self.global.subscriptions.clone() {
            self.ask_master("g_mon1", &[Value::Text(family)]);
        }
        let queries: Vec<_> =
            self.global.queries.iter().map(|(name, query)| (query.tag, query.family.clone(), name.clone())).collect();
        for (tag, family, name) in queries {
            self.ask_master(tag, &[Value::Text(family), Value::Text(name)]);
        }
    }

    fn ask_master(&mut self, tag: &str, arguments: &[Value]) {
        if let Some(master) = self.global.master.clone() {
            self.ask(&master, std::iter::once(tag.into()).chain(arguments.iter().cloned()).collect());
        }
    }

    fn tell_own_part(&mut self, node: &NodeId) {
        let part = self.database.seen(own_part(&self.config.node, &self.global.slaves));
        self.ask(node, vec!["g_set".into(), Value::Map(part)]);
    }

    /// Asks the database where a node listens.
    pub(super) fn find_in_database(&mut self, node: &NodeId) {
        if self.global.is_global {
            if let Some(known) = self.database.get(LISTENERS, node.as_str()).map(strings) {
                self.can_be_reached(node, &known);
            }
        } else if self.config.speaks(Generation::Two) && self.global.finds.insert(node.clone()) {
            self.ask_master("g_find", &[node.as_str().into()]);
        }
    }

    /// Where a node listens, as the database or the mesh say.
    pub(super) fn listens_at(&self, node: &NodeId) -> Option<Vec<String>> {
        self.database.get(LISTENERS, node.as_str()).map(strings)
    }

    /// Nobody wants to know any more where a node listens.
    pub(super) fn forget_find(&mut self, node: &NodeId) {
        self.global.finds.remove(node);
    }

    pub(super) fn change_own(&mut self, family: &str, set: Map, deleted: &[Text]) {
        if self.global.master.is_some() {
            let mut elements = vec!["g_upd".into(), family.into(), set_or_nothing(&set)];
            if !deleted.is_empty() {
                elements.push(deleted.iter().map(|key| Value::Text(key.clone())).collect());
            }
            self.ask_master_with(elements);
        }
        let own = Owner::Node(self.config.node.clone());
        self.change(&own, family, set, deleted);
    }

    fn ask_master_with(&mut self, elements: Vec<Value>) {
        if let Some(master) = self.global.master.clone() {
            self.ask(&master, elements);
        }
    }

    /// Changes what an owner has, and tells everybody who has to know.
    pub(super) fn change(&mut self, owner: &Owner, family: &str, set: Map, deleted: &[Text]) {
        let is_own = own_part(&self.config.node, &self.global.slaves);
        let changes = self.database.change(owner, family, set, deleted, is_own);
        if self.global.is_global {
            if family == GLOBALS {
                self.meet_globals(&changes.all.set);
            }
            self.tell_globals(family, &changes.some);
            self.tell_subscribers(family, &changes.all);
        }
        self.tell_changed(family, changes.all);
    }

    fn tell_globals(&mut self, family: &str, change: &Change) {
        if change.is_empty() {
            return;
        }
        let mut elements = vec!["g_upd".into(), family.into(), set_or_nothing(&change.set)];
        if !change.deleted.is_empty() {
            elements.push(change.deleted.iter().map(|key| Value::Text(key.clone())).collect());
        }
        for node in self.global.globals.clone() {
            self.ask(&node, elements.clone());
        }
    }

    fn tell_subscribers(&mut self, family: &str, change: &Change) {
        if change.is_empty() {
            return;
        }
        let deleted: Value = change.deleted.iter().map(|key| Value::Text(key.clone())).collect();
        for node in self.global.subscribers.get(family).cloned().unwrap_or_default() {
            let set = Value::Map(change.set.clone());
            self.ask(&node, vec!["g_chg2".into(), family.into(), set, deleted.clone()]);
        }
    }

    fn tell_changed(&mut self, family: &str, Change { set, deleted }: Change) {
        if !(set.is_empty() && deleted.is_empty()) && self.global.subscriptions.contains(family) {
            self.actions.push_back(Action::Changed { family: family.into(), set, deleted });
        }
    }

    pub(super) fn forget_owner(&mut self, owner: &Owner) {
        for (family, keys) in self.database.owned_by(owner) {
            self.change(owner, &family, Map::new(), &keys);
        }
    }

    /// A message about the database; false if it is none.
    pub(super) fn global_request(&mut self, node: &NodeId, tag: &str, arguments: Vec<Value>) -> bool {
        if !is_global_request(tag) {
            return false;
        }
        if !self.config.speaks(Generation::Two) {
            return true;
        }
        let mut arguments = arguments.into_iter();
        let is_bare = arguments.len() == 0;
        let first = arguments.next().unwrap_or_default();
        let name = text_of(&first).unwrap_or_default().into_owned();
        let second = arguments.next().unwrap_or_default();
        let third = arguments.next().unwrap_or_default();
        match tag {
            "g_global" => self.is_with_global(node),
            "g_slave" if is_bare => self.become_global(),
            "g_slave" => self.take_slave(node, first),
            "g_set" if self.global.globals.contains(node) => self.take_part(node, first),
            "g_upd" if self.speaks_for_some(node) => self.update(node, &name, second, &third),
            "g_find" if self.global.is_global => self.tell_address(node, &name),
            "g_found" if self.is_master(node) => self.has_found(&name, &second),
            "g_mon1" if self.global.is_global => self.add_subscriber(node, &name),
            "g_mon0" => self.remove_subscriber(node, &name),
            "g_chg1" if self.is_master(node) => self.replace_family(&name, second),
            "g_chg2" if self.is_master(node) => self.change(&Owner::Everybody, &name, map(second), &texts(&third)),
            "g_reply" if self.is_master(node) => self.has_answered(&name, second),
            _ => {
                if let Some(question) = Question::of(tag).filter(|_| self.global.is_global) {
                    let answer = question.answer(self.family(&name));
                    self.ask(node, vec!["g_reply".into(), second, answer]);
                }
            }
        }
        true
    }

    fn is_master(&self, node: &NodeId) -> bool {
        self.global.master.as_ref() == Some(node)
    }

    fn speaks_for_some(&self, node: &NodeId) -> bool {
        self.global.is_global && (self.global.slaves.contains(node) || self.global.globals.contains(node))
    }

    fn is_with_global(&mut self, node: &NodeId) {
        if self.global.globals.contains(node) {
            return;
        }
        self.let_go(node);
        self.global.globals.insert(node.clone());
        if self.global.is_global {
            self.tell_own_part(node);
        } else if self.global.master.is_none() {
            self.take_master(node);
        }
    }

    fn take_slave(&mut self, node: &NodeId, part: Value) {
        self.become_global();
        self.global.slaves.insert(node.clone());
        self.take_part(node, part);
    }

    /// A slave is global now, and tells the others by itself what it has: to them this node does not have it any more.
    fn let_go(&mut self, node: &NodeId) {
        if !self.global.slaves.remove(node) {
            return;
        }
        for (family, keys) in self.database.owned_by(&Owner::Node(node.clone())) {
            let all = self.database.family(&family, own_part(&self.config.node, &self.global.slaves));
            let (still, gone): (Vec<Text>, Vec<Text>) = keys.into_iter().partition(|key| all.contains_key(key));
            let set = still.iter().filter_map(|key| Some((&**key, all.get(key)?.clone()))).collect();
            self.tell_globals(&family, &Change { set, deleted: gone });
        }
    }

    /// A node says all that it speaks for.
    fn take_part(&mut self, node: &NodeId, part: Value) {
        let owner = Owner::Node(node.clone());
        let part = map(part);
        for (family, keys) in self.database.owned_by(&owner) {
            let of_family = part.get(&family).and_then(Value::as_map);
            let gone = keys.into_iter().filter(|key| !of_family.is_some_and(|now| now.contains_key(key)));
            let gone: Vec<Text> = gone.collect();
            self.change(&owner, &family, Map::new(), &gone);
        }
        for (family, values) in part {
            self.change(&owner, &family, map(values), &[]);
        }
    }

    fn update(&mut self, node: &NodeId, family: &str, set: Value, deleted: &Value) {
        self.change(&Owner::Node(node.clone()), family, map(set), &texts(deleted));
    }

    fn tell_address(&mut self, node: &NodeId, wanted: &str) {
        let known = self.database.get(LISTENERS, wanted).cloned().unwrap_or_default();
        self.ask(node, vec!["g_found".into(), wanted.into(), known]);
    }

    fn has_found(&mut self, node: &str, known: &Value) {
        let Ok(node) = NodeId::new(node) else { return };
        self.global.finds.remove(&node);
        let known = strings(known);
        match known.is_empty() && !self.may_be_of_generation_one() && self.wanted.contains(&node) {
            true => self.lose(&node, "no known address"),
            false if known.is_empty() => {}
            false => self.can_be_reached(&node, &known),
        }
    }
}

/// Whether a message is about the database.
pub(super) fn is_global_request(tag: &str) -> bool {
    const TAGS: [&str; 10] =
        ["g_global", "g_slave", "g_set", "g_upd", "g_find", "g_found", "g_mon1", "g_mon0", "g_chg1", "g_chg2"];
    TAGS.contains(&tag) || tag == "g_reply" || Question::of(tag).is_some()
}

/// What a node speaks for: itself and its slaves.
fn own_part(own: &NodeId, slaves: &BTreeSet<NodeId>) -> impl Fn(&Owner) -> bool {
    move |owner| matches!(owner, Owner::Node(node) if node == own || slaves.contains(node))
}

fn set_or_nothing(set: &Map) -> Value {
    if set.is_empty() { Value::Null } else { Value::Map(set.clone()) }
}

fn map(value: Value) -> Map {
    match value {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}

fn texts(value: &Value) -> Vec<Text> {
    value.as_array().unwrap_or_default().iter().filter_map(text_of).map(|text| Text::from(&*text)).collect()
}
