package stablediffusion.peers;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/** Compiles graphs to programs in TorchScript, run as they are written. */
final class PyTorchEngine implements Engine {
    static {
        // DJL asks its servers for a library unless it is told that there is one on the class path.
        System.setProperty("ai.djl.offline", "true");
    }

    private final String version;

    PyTorchEngine() {
        try {
            version = ai.djl.engine.Engine.getEngine("PyTorch").getVersion();
        } catch (EngineException | LinkageError e) {
            throw new UserException("PyTorch does not load here: " + e.getMessage(), e);
        }
        JniUtils.setNumThreads(Peer.threads());
        // Its optimizer specializes a program in the first runs; the published model is run without.
        JniUtils.setGraphExecutorOptimize(false);
    }

    @Override
    public String description() {
        return "pytorch: PyTorch " + version + ", " + Peer.threads() + " threads, f32";
    }

    @Override
    public Precision precision() {
        return Precision.F32;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return Peer.memory(graph, 1);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        Peer.requireUnfused(graph);
        CheckpointWeights numbers = new CheckpointWeights(weights);
        try {
            return new PyTorchExecutable(graph, numbers);
        } catch (RuntimeException e) {
            numbers.close();
            throw e;
        }
    }

    /** Executables have their own memory; the engine itself holds none. */
    @Override
    public void close() {}
}
