//! The faults: connections are cut or swallow everything, nodes parted, processes ended and started again.

use std::time::Duration;

use super::{Event, Simulation, pair};

impl Simulation {
    pub(super) fn fault(&mut self) {
        match self.below(5) {
            0 | 1 => self.cut(),
            2 => self.part(),
            3 => self.swallow(),
            _ => self.restart(),
        }
    }

    /// One of the connections that both sides believe in, whether it stands already or not.
    fn any_connection(&mut self) -> Option<u64> {
        let open: Vec<u64> =
            self.connections.iter().filter(|(_, one)| one.is_open == [true, true]).map(|(id, _)| *id).collect();
        open.get(self.below(open.len())).copied()
    }

    /// From now on a connection swallows everything, in one direction or in both, and nobody is told.
    fn swallow(&mut self) {
        let (Some(id), which) = (self.any_connection(), self.below(3)) else { return };
        let now = self.now;
        if let Some(connection) = self.connections.get_mut(&id) {
            for side in (0..2).filter(|side| which != *side) {
                connection.cut[side] = connection.cut[side].or(Some(now));
            }
        }
    }

    /// Cuts a connection: each direction from some moment on, and each side notices at another.
    fn cut(&mut self) {
        if let Some(id) = self.any_connection() {
            self.cut_one(id, Duration::from_secs(2));
        }
    }

    fn cut_one(&mut self, id: u64, within: Duration) {
        for side in 0..2 {
            let (cut, notice) = (self.share(Duration::from_millis(20)), self.share(within));
            let now = self.now;
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.cut[side] = connection.cut[side].or(Some(now + cut));
            }
            self.at(now + cut + notice, Event::Close(id, side));
        }
    }

    /// Parts two nodes: nothing passes between them for a while, and what they had is cut.
    fn part(&mut self) {
        let (left, right) = (self.below(self.setting.nodes), self.below(self.setting.nodes));
        if left == right {
            return;
        }
        self.parted.insert(pair(left, right));
        let between: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, one)| pair(one.ends[0], one.ends[1]) == pair(left, right) && one.is_open != [false, false])
            .map(|(id, _)| *id)
            .collect();
        for id in between {
            self.cut_one(id, Duration::from_secs(10));
        }
    }

    /// Ends a node at once; it is started again later.
    fn restart(&mut self) {
        let index = self.below(self.setting.nodes);
        if !self.members[index].is_running {
            return;
        }
        for (id, side) in self.end(index) {
            // The kernel of its machine closes in order, or the machine is gone and nobody says so.
            match self.below(2) {
                0 => self.pass(id, 1 - side, |id| Event::Close(id, 1 - side)),
                _ => self.cut_one(id, Duration::from_secs(20)),
            }
        }
        let when = self.now + self.share(Duration::from_secs(3));
        self.at(when, Event::Start(index));
    }

    /// Ends a node at once and starts it again, and lets so much time pass. Nobody notices that its connections are over.
    ///
    /// # Errors
    /// What was wrong first.
    pub(crate) fn replace(&mut self, index: usize, pause: Duration) -> Result<(), String> {
        for (id, side) in self.end(index) {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.cut[1 - side] = Some(self.now);
            }
        }
        self.start(index);
        (self.setting.turmoil, self.setting.calm) = (self.now, pause);
        self.run()
    }

    /// Ends a process; its connections that the other side still believes in, and its side of them.
    fn end(&mut self, index: usize) -> Vec<(u64, usize)> {
        self.members[index].is_running = false;
        let mut of_it = Vec::new();
        for (id, one) in self.connections.iter_mut().filter(|(_, one)| one.is_open != [false, false]) {
            for side in (0..2).filter(|side| one.ends[*side] == index) {
                one.is_open[side] = false;
                of_it.push((*id, side));
            }
        }
        of_it
    }

    pub(super) fn start(&mut self, index: usize) {
        let incarnation = self.members[index].incarnation + 1;
        // A new process has received nothing; what is sent to it begins anew, or goes on after a loss.
        self.members[index] = self.member(index, incarnation);
        let now = self.moment();
        self.members[index].kernel.tick(now);
        self.settle(index);
    }
}
