//! The nodes of a task as instructions, in the order in which they are computed.

use super::code::{Code, Does, STREAMS, Value};
use super::{functions, laws};
use crate::engine::sampler::condition::{ALL, Condition};
use crate::engine::sampler::laws::Ready;
use crate::engine::sampler::made::{Axis, Drawn, Made, Start};
use crate::engine::sampler::offered::Offered;
use crate::engine::sampler::same::same;
use crate::engine::sampler::{Fault, Sampler, Split, Values, key, width};
use crate::program::task::{NodeId, Op, Scope};

/// A task while its instructions are written.
pub struct Writer<'a> {
    sampler: &'a Sampler<'a>,
    split: Split,
    pub code: Code,
    /// Where the values of nodes lie that have a place already.
    pub values: Vec<Option<Value>>,
    /// Which nodes are the same in every sequence, but not under every seed.
    seeded: Vec<bool>,
    /// Those of them that have a place, in the order of their places.
    pub owned: Vec<NodeId>,
    /// The source of which a node is an embedding that is computed with.
    pub source: Option<usize>,
    /// What is the same in every sequence under every seed; empty for the others.
    shared: Vec<Values>,
}

impl<'a> Writer<'a> {
    pub fn new(sampler: &'a Sampler<'a>, split: Split) -> Self {
        let nodes = &sampler.task.nodes;
        let mut seeded = vec![false; nodes.len()];
        for &id in sampler.groups.iter().flat_map(|group| &group.nodes) {
            let known = matches!(sampler.made[id], Made::Known);
            seeded[id] = known && (nodes[id].op.is_draw() || sampler.needs(id).iter().any(|&need| seeded[need]));
        }
        let shared = |(known, &seeded): (&Values, &bool)| if seeded { Values::default() } else { known.clone() };
        let shared = sampler.known.iter().zip(&seeded).map(shared).collect();
        let values = vec![None; nodes.len()];
        Self { sampler, split, code: Code::new(), values, seeded, owned: Vec::new(), source: None, shared }
    }

    /// Writes what some nodes need, and them.
    ///
    /// # Errors
    /// The node that no card draws, and why.
    pub fn write(&mut self, nodes: &[NodeId]) -> Result<(), Fault> {
        let sampler = self.sampler;
        let wanted = self.behind(nodes);
        for group in &sampler.groups {
            let todo = |&&id: &&NodeId| wanted[id] && !matches!(sampler.made[id], Made::Known) && !sampler.asks[id];
            let todo: Vec<NodeId> = group.nodes.iter().filter(todo).copied().collect();
            if !group.recurrent {
                todo.into_iter().try_for_each(|id| self.swept(id).map_err(|fault| Fault { node: id, ..fault }))?;
                continue;
            }
            let Some(&first) = todo.first() else { continue };
            if todo.iter().any(|&id| sampler.task.nodes[id].scope != Scope::Example) {
                return Err(Fault { node: first, what: "looks back at itself outside of an example".into() });
            }
            for &id in &todo {
                let room = self.code.room(sampler.task.length, width(&sampler.task.nodes[id]));
                // One position may be all there are; the others are looked for in their places all the same.
                self.values[id] = Some(Value { step: room.width, ..room });
            }
            let begun = self.code.begin(Does::Repeat, first);
            let mut stream = 0;
            for id in todo {
                self.node(id, stream).map_err(|fault| Fault { node: id, ..fault })?;
                stream += usize::from(matches!(sampler.made[id], Made::Draw(_) | Made::Rows { .. }));
                if stream > STREAMS {
                    return Err(Fault {
                        node: id,
                        what: format!("is drawn beside {STREAMS} others, position by position"),
                    });
                }
            }
            self.code.end(begun);
        }
        Ok(())
    }

    /// The nodes that some come from, they among them.
    fn behind(&self, nodes: &[NodeId]) -> Vec<bool> {
        let mut wanted = vec![false; self.values.len()];
        let mut ahead = nodes.to_vec();
        while let Some(id) = ahead.pop() {
            if !std::mem::replace(&mut wanted[id], true) {
                ahead.extend(self.sampler.needs(id));
                if let Op::Previous { of } = self.sampler.task.nodes[id].op {
                    ahead.push(of);
                }
            }
        }
        wanted
    }

    /// A node that looks back at none that looks at it.
    fn swept(&mut self, id: NodeId) -> Result<(), Fault> {
        let nodes = &self.sampler.task.nodes;
        let made = &self.sampler.made[id];
        let holder = match nodes[id].op {
            // A row in place of its embedding.
            Op::Embedding { row } if matches!(made, Made::Row(_)) => Some(row),
            _ => same(nodes, id, made, &self.shared),
        };
        if let Some(holder) = holder {
            self.values[id] = Some(self.value(holder));
            return Ok(());
        }
        let repeats = if nodes[id].scope == Scope::Example { self.sampler.task.length } else { 1 };
        self.values[id] = Some(self.code.room(repeats, width(&nodes[id])));
        self.node(id, 0)
    }

    /// Where the value of a node lies.
    pub fn value(&mut self, id: NodeId) -> Value {
        if let Some(value) = self.values[id] {
            return value;
        }
        let known = &self.sampler.known[id];
        let value = if self.seeded[id] {
            self.owned.push(id);
            self.code.owned(known.data.len())
        } else {
            self.code.constant(&known.data)
        };
        self.values[id] = Some(value);
        value
    }

    fn every(&mut self, ids: &[NodeId]) -> Vec<Value> {
        ids.iter().map(|&id| self.value(id)).collect()
    }

    /// The instruction of a node that has its place.
    fn node(&mut self, id: NodeId, stream: usize) -> Result<(), Fault> {
        let sampler = self.sampler;
        match &sampler.made[id] {
            Made::Draw(drawn) => self.draw(id, drawn, stream),
            Made::Rows { train, test, distinct, only } => {
                let offered = if self.split == Split::Train { train } else { test };
                self.rows(id, (offered, *distinct), only.as_ref(), stream)
            }
            _ => self.computed(id),
        }
    }

    /// The instruction of a node that is no draw.
    fn computed(&mut self, id: NodeId) -> Result<(), Fault> {
        let (sampler, node) = (self.sampler, &self.sampler.task.nodes[id]);
        let out = self.value(id);
        let operands = match &sampler.made[id] {
            Made::Gather { table, indices } => {
                self.gather(id, out, *table, indices);
                return Ok(());
            }
            Made::Previous => Vec::new(),
            _ => self.every(&node.op.needs()),
        };
        if let Made::Function(function) = &sampler.made[id] {
            functions::write(&mut self.code, function, (id, node), out, &operands);
            return Ok(());
        }
        let before = if let Op::Previous { of } = node.op { Some(self.value(of)) } else { None };
        let does = match &sampler.made[id] {
            Made::Index => Does::Index,
            Made::Attributes(_) => Does::Factors,
            Made::Labels(_) => Does::LookUp,
            Made::Texts(_) => Does::Word,
            Made::Embedding(_) => Does::Embed,
            Made::Previous => Does::Before,
            _ => return Err(Fault::of("is computed by the processor alone".into())),
        };
        let words = match &sampler.made[id] {
            Made::Texts(texts) => {
                let words = texts.words.iter().map(|word| if word.is_nan() { -1.0 } else { *word });
                self.code.share(&words.collect::<Vec<_>>())
            }
            _ => 0,
        };
        let begun = self.code.begin(does, id);
        self.code.values(&[out]);
        match &sampler.made[id] {
            Made::Attributes(attributes) => {
                self.code.values(&operands);
                self.code.words.push(attributes.factors as i32);
                self.code.words.extend(attributes.sizes[..attributes.factors].iter().map(|size| *size as i32));
            }
            Made::Labels(labels) => {
                self.code.values(&operands);
                self.code.words.push(labels.attributes as i32);
                self.code.table(labels.labels.iter().map(|label| *label as i32).collect());
            }
            Made::Texts(texts) => {
                let operands = &operands[..operands.len().min(2)];
                self.code.words.extend([words, texts.words.len() as i32, texts.line as i32, operands.len() as i32]);
                self.code.values(operands);
            }
            Made::Embedding(_) => {
                self.code.values(&operands);
                self.embedded(id)?;
            }
            Made::Previous => self.code.values(before.as_slice()),
            _ => {}
        }
        self.code.end(begun);
        Ok(())
    }

    /// How many words tell the places of the rows of the source that a node is an embedding of.
    fn embedded(&mut self, id: NodeId) -> Result<(), Fault> {
        let task = self.sampler.task;
        let source = task.nodes[id].op.needs().first().and_then(|&row| task.source_of(row));
        if *self.source.get_or_insert(source.unwrap_or_default()) != source.unwrap_or_default() {
            return Err(Fault::of("has embeddings of a second source".into()));
        }
        let rows = source.map_or(0, |source| task.sources[source].rows());
        self.code.words.push(rows as i32);
        Ok(())
    }

    fn gather(&mut self, id: NodeId, out: Value, table: NodeId, indices: &[Axis]) {
        let table = self.value(table);
        let places: Vec<Value> = indices.iter().map(|axis| self.value(axis.index)).collect();
        let begun = self.code.begin(Does::Gather, id);
        self.code.values(&[out, table]);
        self.code.words.push(indices.len() as i32);
        for (axis, place) in indices.iter().zip(places) {
            self.code.values(&[place]);
            self.code.words.extend([axis.size as i32, axis.stride as i32]);
        }
        self.code.end(begun);
    }

    fn draw(&mut self, id: NodeId, drawn: &Drawn, stream: usize) -> Result<(), Fault> {
        let out = self.value(id);
        // What an instruction refers to has its place before it is written.
        let first = match &drawn.first {
            Some(Start::Node(node)) => Some(self.value(*node)),
            _ => None,
        };
        let (pooled, size, upto) = match &drawn.pool {
            None => (false, 0, -1),
            Some(pool) => (true, pool.size, pool.cumulative.as_ref().map_or(-1, |upto| self.code.share(upto))),
        };
        let begun = self.code.begin(Does::Draw, id);
        self.code.values(&[out]);
        self.code.words.push(stream as i32);
        self.code.long(key(&self.sampler.task.nodes[id], id));
        self.code.words.extend([i32::from(drawn.distinct), i32::from(pooled)]);
        self.code.long(size);
        self.code.words.push(upto);
        let at = self.code.words.len();
        self.code.words.extend([0; 5]);
        self.law(&drawn.law)?;
        match &drawn.first {
            None => {}
            Some(Start::Node(_)) => {
                self.code.words[at] = 2;
                let words = first.map_or([0; 3], Value::words);
                self.code.words[at + 2..at + 5].copy_from_slice(&words);
            }
            Some(Start::Law(law)) => {
                self.code.words[at] = 1;
                self.code.words[at + 1] = (self.code.words.len() - begun) as i32;
                self.law(law)?;
            }
        }
        self.code.end(begun);
        Ok(())
    }

    fn law(&mut self, law: &Ready) -> Result<(), Fault> {
        let mut code = std::mem::take(&mut self.code);
        let written = laws::write(&mut code, law, &mut |code, node| {
            std::mem::swap(code, &mut self.code);
            let value = self.value(node);
            std::mem::swap(code, &mut self.code);
            value
        });
        self.code = code;
        written
    }

    fn rows(
        &mut self,
        id: NodeId,
        (offered, distinct): (&Offered, bool),
        only: Option<&Condition>,
        stream: usize,
    ) -> Result<(), Fault> {
        let (task, out) = (self.sampler.task, self.value(id));
        if let Op::Rows { only: Some(asked), .. } = task.nodes[id].op
            && only.is_none()
            && self.behind(&[asked]).iter().zip(&self.seeded).any(|(behind, seeded)| *behind && *seeded)
        {
            return Err(Fault::of("is of rows that each seed chooses".into()));
        }
        if offered.len() == 0 || only.is_none() && distinct && offered.len() < task.length {
            return Err(Fault::of(format!("has {} rows for {} examples", offered.len(), task.length)));
        }
        let candidates = only.map_or(&[][..], |condition| &condition.candidates);
        if let Some(condition) = only {
            for &candidate in candidates.iter().chain(&condition.cone.computed) {
                // Several conditions may ask about the same candidates, one after the other.
                if self.values[candidate].is_none() {
                    self.values[candidate] = Some(self.code.room(1, width(&task.nodes[candidate])));
                }
            }
            // What is given has its place before the instruction is written.
            self.every(&condition.cone.given);
        }
        let rooms: Vec<i32> = self.every(candidates).into_iter().map(|value| value.place).collect();
        let asked = only.map_or(-1, |condition| self.value(condition.asked).place);
        let begun = self.code.begin(Does::Rows, id);
        self.code.values(&[out]);
        self.code.words.push(stream as i32);
        self.code.long(key(&task.nodes[id], id));
        self.code.table(offered.all().into_iter().map(|row| row as i32).collect());
        let tried = only.is_some() && offered.len() > ALL;
        let told = [offered.len() as i32, i32::from(distinct), asked, i32::from(tried)];
        self.code.words.extend(told);
        // The number of candidates stands at the sixteenth word.
        self.code.words.extend([0, rooms.len() as i32]);
        self.code.words.extend(rooms);
        for &computed in only.map_or(&[][..], |condition| &condition.cone.computed) {
            self.computed(computed)?;
        }
        self.code.end(begun);
        Ok(())
    }
}
