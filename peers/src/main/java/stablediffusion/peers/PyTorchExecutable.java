package stablediffusion.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import stablediffusion.model.engine.Clocked;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Value;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;

/** Runs a program in PyTorch's interpreter, which frees every value after the last operation that reads it. */
final class PyTorchExecutable implements Executable, Clocked {
    private final Graph graph;
    private final TorchScript.Program program;
    private final CheckpointWeights numbers;
    private final PtNDManager manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
    private final PtSymbolBlock module;
    private final IValue weights;
    private final int threads;
    private boolean closed;

    /** @param numbers the weights, which the executable closes */
    PyTorchExecutable(Graph graph, CheckpointWeights numbers, int threads) {
        this.graph = graph;
        this.numbers = numbers;
        this.threads = threads;
        program = TorchScript.of(graph);
        try {
            weights = IValue.listFrom(program.weights().stream().map(this::tensor).toArray(PtNDArray[]::new));
            module = JniUtils.loadModule(
                    manager, new ByteArrayInputStream(TorchArchive.of(program.code(), TorchScript.CLASS)), false, false);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    private PtNDArray tensor(TorchScript.Parameter parameter) {
        ByteBuffer published = numbers.published(parameter.weight());
        return manager.create(published, new Shape(parameter.shape().stream().mapToLong(Integer::longValue).toArray()), DataType.FLOAT32);
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
            numbers.close();
        }
    }
}
