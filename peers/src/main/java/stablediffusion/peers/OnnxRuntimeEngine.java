package stablediffusion.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/** Compiles graphs to ONNX models, a session each. */
final class OnnxRuntimeEngine implements Engine {
    private final OrtEnvironment environment;

    OnnxRuntimeEngine() {
        try {
            environment = OrtEnvironment.getEnvironment();
        } catch (LinkageError e) {
            throw new UserException("ONNX Runtime does not load here: " + e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return "onnxruntime: ONNX Runtime " + environment.getVersion() + ", " + Peer.threads() + " threads, f32";
    }

    @Override
    public Precision precision() {
        return Precision.F32;
    }

    /** A session keeps the weights as they were handed over, as its optimizer rewrites them, and in the order of its kernels. */
    @Override
    public MemoryNeed memory(Graph graph) {
        return Peer.memory(graph, 3);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        Peer.requireUnfused(graph);
        CheckpointWeights numbers = new CheckpointWeights(weights);
        try {
            return new OnnxRuntimeExecutable(environment, graph, numbers);
        } catch (RuntimeException e) {
            numbers.close();
            throw e;
        } catch (OrtException e) {
            numbers.close();
            throw new UserException("ONNX Runtime does not take " + graph.name() + ": " + e.getMessage(), e);
        }
    }

    /** Executables have their own memory; the environment is the process's. */
    @Override
    public void close() {}
}
