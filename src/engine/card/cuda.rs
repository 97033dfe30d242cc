//! A card of NVIDIA's. Its driver is looked for when a card is asked for, so that one binary starts with and without.

use super::{Args, Card, Kernel, Launch, Memory, Recorded, Room, THREADS, within};
use crate::engine::error::{Error, Result, ensure};
use cudarc::driver::{CudaContext, CudaGraph, CudaStream, DriverError, result, sys};
use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::sync::{Arc, Mutex, PoisonError};

/// The kernels, made by `tools/ptx.py` of `kernels/`.
const PTX: &str = include_str!("kernels/kernels.ptx");

/// How many recordings a card remembers.
const GRAPHS: usize = 64;

/// A stream of a card with its kernels loaded. Streams of a card share its context, and so its memory and its kernels.
#[derive(Debug)]
pub struct Cuda {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    /// Where launches are recorded, under the lock of the graphs: on the stream above others write and read meanwhile, and
    /// would be recorded too. What is recorded is launched on the stream above alone.
    recorder: Arc<CudaStream>,
    functions: Arc<[Function]>,
    /// By recording and number of models; none of one that was launched once.
    graphs: Mutex<HashMap<(u64, usize), Option<Graph>>>,
}

/// Where the driver keeps a kernel.
#[derive(Clone, Copy, Debug)]
struct Function(sys::CUfunction);

// SAFETY: a handle of the driver, which may be used by any thread.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

/// Launches that the driver has as one.
struct Graph(CudaGraph);

// SAFETY: handles of the driver, used under the lock that they lie behind.
unsafe impl Send for Graph {}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Graph")
    }
}

/// How many cards there are.
///
/// # Errors
/// What is missing: the driver, a card, or the right to use it.
pub fn count() -> Result<usize> {
    // SAFETY: opens the driver's library and calls nothing.
    if !unsafe { sys::is_culib_present() } {
        return Err(Error::Card("there is no CUDA driver here (libcuda.so.1)".into()));
    }
    result::init().map_err(|error| said("the CUDA driver finds no card", error))?;
    let count = result::device::get_count().map_err(|error| said("the CUDA driver does not count its cards", error))?;
    match usize::try_from(count).unwrap_or(0) {
        0 => Err(Error::Card("the CUDA driver has no card".into())),
        count => Ok(count),
    }
}

fn said(doing: &str, error: DriverError) -> Error {
    Error::Card(format!("{doing}: {error}"))
}

impl Cuda {
    /// Card number `ordinal`, from 0.
    ///
    /// # Errors
    /// If there is no such card, or it is too old for the kernels.
    pub fn new(ordinal: usize) -> Result<Self> {
        let cards = count()?;
        if ordinal >= cards {
            let last = cards - 1;
            return Err(Error::Card(format!("there is no card {ordinal}; the last is {last}")));
        }
        let context = CudaContext::new(ordinal).map_err(|error| said("the card cannot be opened", error))?;
        let text = CString::new(PTX).map_err(|_| Error::Card("the kernels are no text".into()))?;
        let old = "the card's driver does not take the kernels; it must be of CUDA 12.4 (550) or later, the card of \
                   compute capability 8.0 or higher";
        // SAFETY: the text ends with a zero and outlives the call.
        let module = unsafe { result::module::load_data(text.as_ptr().cast()) }.map_err(|error| said(old, error))?;
        let functions = Kernel::ALL.iter().map(|kernel| {
            let name = CString::new(kernel.name()).map_err(|_| Error::Card("a kernel without a name".into()))?;
            // SAFETY: the module was loaded above and is never unloaded.
            let function = unsafe { result::module::get_function(module, name) };
            function.map(Function).map_err(|error| said(&format!("the kernel {}", kernel.name()), error))
        });
        let functions = functions.collect::<Result<_>>()?;
        Self::streaming(context, functions)
    }

    /// A stream of an open card.
    fn streaming(context: Arc<CudaContext>, functions: Arc<[Function]>) -> Result<Self> {
        // Neither waits for the driver's own stream, nor is waited for by it.
        let stream = || context.new_stream().map_err(|error| said("the card gives no stream", error));
        let (stream, recorder) = (stream()?, stream()?);
        Ok(Self { context, stream, recorder, functions, graphs: Mutex::new(HashMap::new()) })
    }

    fn bind(&self) -> Result<()> {
        self.context.bind_to_thread().map_err(|error| said("the card answers no more", error))
    }

    fn each(&self, launches: &[Launch], models: usize, stream: &CudaStream) -> Result<()> {
        for Launch { kernel, blocks, parts, args } in launches {
            let mut args: Args = *args;
            let mut parameters = [std::ptr::from_mut(&mut args).cast::<c_void>()];
            let function = self.functions[*kernel as usize].0;
            let (grid, block) = ((*blocks, models as u32, *parts), (THREADS as u32, 1, 1));
            // SAFETY: the kernel takes one `Args`, whose addresses the planner gave.
            unsafe { result::launch_kernel(function, grid, block, 0, stream.cu_stream(), &mut parameters) }
                .map_err(|error| said(&format!("the kernel {} is not launched", kernel.name()), error))?;
        }
        Ok(())
    }

    /// Launches a graph where everything else happens.
    fn replay(&self, graph: &Graph) -> Result<()> {
        // SAFETY: both are the driver's own and alive; the graph is used under the lock that it lies behind.
        unsafe { result::graph::launch(graph.0.cu_graph_exec(), self.stream.cu_stream()) }
            .map_err(|error| said("launches fail", error))
    }

    /// Launches as the driver records them.
    fn captured(&self, launches: &[Launch], models: usize) -> Result<Option<Graph>> {
        let mode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        self.recorder.begin_capture(mode).map_err(|error| said("launches are not recorded", error))?;
        let launched = self.each(launches, models, &self.recorder);
        let flags = sys::CUgraphInstantiate_flags::CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH;
        let graph = self.recorder.end_capture(flags).map_err(|error| said("launches are not recorded", error));
        launched?;
        Ok(graph?.map(Graph))
    }
}

/// Gives memory back to its card.
struct Owned {
    context: Arc<CudaContext>,
    at: sys::CUdeviceptr,
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.context.bind_to_thread().is_ok() {
            // SAFETY: what was allotted is given back once; the driver waits for what uses it, on whatever stream.
            let _ = unsafe { result::free_sync(self.at) };
        }
    }
}

impl Card for Cuda {
    fn name(&self) -> String {
        self.context.name().unwrap_or_else(|_| "a card".into())
    }

    fn beside(&self) -> Result<Arc<dyn Card>> {
        Ok(Arc::new(Self::streaming(self.context.clone(), self.functions.clone())?))
    }

    fn room(&self) -> Result<Room> {
        let (free, total) = self.context.mem_get_info().map_err(|error| said("the card answers no more", error))?;
        Ok(Room { free: free as u64, total: total as u64 })
    }

    fn allot(&self, words: usize) -> Result<Memory> {
        self.bind()?;
        let bytes = 4 * words.max(1);
        let doing = || format!("the card has no {:.1} MB left", bytes as f64 / 1e6);
        // SAFETY: the memory is cleared before anybody reads it.
        let at = unsafe { result::malloc_sync(bytes) }.map_err(|error| said(&doing(), error))?;
        let owner = Owned { context: self.context.clone(), at };
        // SAFETY: the memory has so many bytes.
        unsafe { result::memset_d8_async(at, 0, bytes, self.stream.cu_stream()) }
            .map_err(|error| said("memory is not cleared", error))?;
        // Whichever stream has it first finds it clear.
        self.finish()?;
        Ok(Memory::new(at, words, Box::new(owner)))
    }

    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()> {
        ensure(within(memory, at, words.len()), || "words beyond a card's memory".into())?;
        if words.is_empty() {
            return Ok(());
        }
        self.bind()?;
        // SAFETY: the words lie within the memory; the copy has left them when the call returns, since they lie in
        // memory that may be paged.
        unsafe { result::memcpy_htod_async(memory.at + 4 * at as u64, words, self.stream.cu_stream()) }
            .map_err(|error| said("nothing can be written to the card", error))
    }

    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()> {
        ensure(within(memory, at, words.len()), || "words beyond a card's memory".into())?;
        if words.is_empty() {
            return Ok(());
        }
        self.bind()?;
        // SAFETY: the words lie within the memory, and are waited for below.
        unsafe { result::memcpy_dtoh_async(words, memory.at + 4 * at as u64, self.stream.cu_stream()) }
            .map_err(|error| said("nothing can be read from the card", error))?;
        self.finish()
    }

    fn copy(&self, (from, at): (&Memory, usize), (to, place): (&Memory, usize), words: usize) -> Result<()> {
        ensure(within(from, at, words) && within(to, place, words), || "words beyond a card's memory".into())?;
        if words == 0 {
            return Ok(());
        }
        self.bind()?;
        let (from, to) = (from.at + 4 * at as u64, to.at + 4 * place as u64);
        // SAFETY: the words lie within both memories. What wrote them on another stream is finished, as whoever asks sees to.
        unsafe { result::memcpy_dtod_async(to, from, 4 * words, self.stream.cu_stream()) }
            .map_err(|error| said("nothing can be copied on the card", error))
    }

    fn launch(&self, recorded: &Recorded, models: usize) -> Result<()> {
        self.bind()?;
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (recorded.number, models);
        match graphs.get(&key) {
            Some(Some(graph)) => self.replay(graph),
            // What is launched a second time for as many models is worth recording.
            Some(None) => match self.captured(&recorded.launches, models) {
                Ok(Some(graph)) => {
                    self.replay(&graph)?;
                    graphs.insert(key, Some(graph));
                    Ok(())
                }
                // A card may lack the memory for a recording; whatever else is wrong shows here too.
                Ok(None) | Err(_) => self.each(&recorded.launches, models, &self.stream),
            },
            None => {
                if graphs.len() >= GRAPHS {
                    graphs.retain(|_, graph| graph.is_some());
                }
                if graphs.len() >= GRAPHS {
                    graphs.clear();
                }
                graphs.insert(key, None);
                self.each(&recorded.launches, models, &self.stream)
            }
        }
    }

    fn finish(&self) -> Result<()> {
        self.bind()?;
        self.stream.synchronize().map_err(|error| said("the card has failed", error))
    }
}
