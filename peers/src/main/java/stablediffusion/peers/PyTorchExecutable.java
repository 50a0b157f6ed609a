package stablediffusion.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Clocked;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Value;

import java.nio.FloatBuffer;
import java.util.Map;

/** Runs a program in PyTorch's interpreter, which frees every value after the last operation that reads it. */
final class PyTorchExecutable implements Executable, Clocked {
    private final Graph graph;
    private final TorchScript.Program program;
    private final PtNDManager manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
    private final PtSymbolBlock module;
    private final IValue weights;
    private final int threads;
    private boolean closed;

    /**
     * @param numbers the weights, which are copied
     * @param precision the precision of the weights and activations
     */
    PyTorchExecutable(Graph graph, CheckpointWeights numbers, Precision precision, int threads) {
        this.graph = graph;
        this.threads = threads;
        program = TorchScript.of(graph, precision);
        try {
            weights = TorchWeights.copy(program.weights(), numbers, precision, manager);
            module = TorchArchive.load(manager, TorchScript.PARAMETERS, program.body());
        } catch (RuntimeException e) {
            manager.close();
            throw e;
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
        // PyTorch holds this number for each thread that calls it. Setting it drops what PyTorch has prepared, so only where it differs.
        if (JniUtils.getNumThreads() != threads) {
            JniUtils.setNumThreads(threads);
        }
        try (PtNDManager scope = (PtNDManager) manager.newSubManager();
                IValue values =
                        IValue.listFrom(graph.inputs().stream().map(input -> tensor(scope, input, inputs)).toArray(PtNDArray[]::new))) {
            long start = System.nanoTime();
            try (IValue result = module.forward(values, weights)) {
                long nanoseconds = System.nanoTime() - start;
                Tensor output = program.output().tensor(graph.output().shape(), result.toTensor(scope).toFloatArray());
                return new TimedOutput(output, nanoseconds);
            }
        }
    }

    private PtNDArray tensor(PtNDManager scope, Value input, Map<String, Tensor> inputs) {
        Layout layout = Layout.of(graph, input);
        FloatBuffer values = FloatBuffer.wrap(layout.numbers(GraphInputs.require(graph, input, inputs)));
        return scope.create(values, new Shape(layout.dimensions(input.shape())), DataType.FLOAT32);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            weights.close();
            module.close();
            manager.close();
        }
    }
}
