package stablediffusion.peers;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/**
 * Compiles graphs to programs in TorchScript, which run without further optimization: the channels of a pixel lie together in memory, attention
 * is PyTorch's fused one.
 */
final class PyTorchEngine implements Engine {
    static {
        // Without this DJL asks its servers for a library although there is one on the class path.
        System.setProperty("ai.djl.offline", "true");
    }

    private final String version;
    private final Precision precision;
    private final int threads;

    /** @param precision F32 or BF16, for weights and activations */
    PyTorchEngine(Precision precision, int threads) {
        this.precision = precision;
        this.threads = threads;
        try {
            version = ai.djl.engine.Engine.getEngine("PyTorch").getVersion();
        } catch (EngineException | LinkageError e) {
            throw new UserException("PyTorch does not load here: " + e.getMessage(), e);
        }
        // Its optimizer specializes a program in the first runs; the published model is run without.
        JniUtils.setGraphExecutorOptimize(false);
    }

    @Override
    public String description() {
        return PeerEngineProvider.description(PyTorchEngineProvider.BACKEND, "PyTorch " + version, threads, precision);
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return MemoryEstimate.of(graph, precision, 1);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        UnfusedGraph.require(graph);
        try (CheckpointWeights numbers = new CheckpointWeights(weights, threads)) {
            return new PyTorchExecutable(graph, numbers, precision, threads);
        }
    }

    /** Does nothing: executables have their own memory, the engine itself holds none. */
    @Override
    public void close() {}
}
