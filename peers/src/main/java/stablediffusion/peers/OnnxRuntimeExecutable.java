package stablediffusion.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import stablediffusion.model.engine.Clocked;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Value;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/** Runs a model in a session of its own. */
final class OnnxRuntimeExecutable implements Executable, Clocked {
    private final OrtEnvironment environment;
    private final Graph graph;
    private final Layout output;
    private final CheckpointWeights numbers;
    private final Map<String, OnnxTensorLike> weights = new HashMap<>();
    private final OrtSession session;
    private boolean closed;

    /** @param numbers the weights, which the executable closes */
    OnnxRuntimeExecutable(OrtEnvironment environment, Graph graph, CheckpointWeights numbers, int threads) throws OrtException {
        this.environment = environment;
        this.graph = graph;
        this.numbers = numbers;
        OnnxNetwork.Model model = OnnxNetwork.of(graph);
        output = model.output();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            for (Map.Entry<String, OnnxNetwork.Initializer> weight : model.weights().entrySet()) {
                OnnxNetwork.Initializer initializer = weight.getValue();
                ByteBuffer buffer =
                        initializer.published() ? numbers.published(initializer.weight()) : numbers.stored(initializer.weight());
                weights.put(weight.getKey(), OnnxTensor.createTensor(environment, buffer.asFloatBuffer(), initializer.dimensions()));
            }
            options.addExternalInitializers(weights);
            options.setIntraOpNumThreads(threads);
            // Waiting threads must not take processor time from another library that is being measured.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(model.bytes(), options);
        }
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        return timed(inputs).output();
    }

    @Override
    public long computing(Map<String, Tensor> inputs) {
        return timed(inputs).nanoseconds();
    }

    private TimedOutput timed(Map<String, Tensor> inputs) {
        if (closed) {
            throw new IllegalStateException("the executable of " + graph.name() + " is closed");
        }
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Value input : graph.inputs()) {
                Layout layout = Layout.of(graph, input);
                FloatBuffer values = FloatBuffer.wrap(layout.numbers(GraphInputs.require(graph, input, inputs)));
                tensors.put(input.name(), OnnxTensor.createTensor(environment, values, layout.dimensions(input.shape())));
            }
            long start = System.nanoTime();
            try (OrtSession.Result result = session.run(tensors)) {
                long nanoseconds = System.nanoTime() - start;
                float[] values = new float[graph.output().shape().size()];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
                return new TimedOutput(output.tensor(graph.output().shape(), values), nanoseconds);
            }
        } catch (OrtException e) {
            throw new IllegalStateException(graph.name() + ": " + e.getMessage(), e);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
        weights.values().forEach(OnnxTensorLike::close);
        numbers.close();
    }
}
