package stablediffusion.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/** Compiles graphs to ONNX models, each in a session of its own. */
final class OnnxRuntimeEngine implements Engine {
    private final OrtEnvironment environment;
    private final int threads;

    OnnxRuntimeEngine(int threads) {
        this.threads = threads;
        try {
            environment = OrtEnvironment.getEnvironment();
        } catch (LinkageError e) {
            throw new UserException("ONNX Runtime does not load here: " + e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return PeerEngineProvider.description(OnnxRuntimeEngineProvider.BACKEND, "ONNX Runtime " + environment.getVersion(), threads,
                precision());
    }

    @Override
    public Precision precision() {
        return Precision.F32;
    }

    /** Counts each weight three times: as it was supplied, as the optimizer rewrites it, and in the layout of the kernels. */
    @Override
    public MemoryNeed memory(Graph graph) {
        return MemoryEstimate.of(graph, precision(), 3);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        UnfusedGraph.require(graph);
        CheckpointWeights numbers = new CheckpointWeights(weights, threads);
        try {
            return new OnnxRuntimeExecutable(environment, graph, numbers, threads);
        } catch (RuntimeException e) {
            numbers.close();
            throw e;
        } catch (OrtException e) {
            numbers.close();
            throw new UserException("ONNX Runtime does not take " + graph.name() + ": " + e.getMessage(), e);
        }
    }

    /** Does nothing: executables have their own memory, and the environment belongs to the process. */
    @Override
    public void close() {}
}
