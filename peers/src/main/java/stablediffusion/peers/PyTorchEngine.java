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

/** Compiles graphs to programs in TorchScript, which run without further optimization. */
final class PyTorchEngine implements Engine {
    static {
        // Without this DJL asks its servers for a library although there is one on the class path.
        System.setProperty("ai.djl.offline", "true");
    }

    private final String version;
    private final int threads;

    PyTorchEngine(int threads) {
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
        return PeerEngineProvider.description(PyTorchEngineProvider.BACKEND, "PyTorch " + version, threads);
    }

    @Override
    public Precision precision() {
        return Precision.F32;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return MemoryEstimate.of(graph, 1);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        UnfusedGraph.require(graph);
        CheckpointWeights numbers = new CheckpointWeights(weights, threads);
        try {
            return new PyTorchExecutable(graph, numbers, threads);
        } catch (RuntimeException e) {
            numbers.close();
            throw e;
        }
    }

    /** Does nothing: executables have their own memory, the engine itself holds none. */
    @Override
    public void close() {}
}
