package stablediffusion.cpu;

import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a compiled network: its steps in order, on memory that belongs to it. */
final class CpuExecutable implements Executable, Profiled {
    record Part(Operation operation, Step step) {}

    private final OneDnn oneDnn;
    private final Graph graph;
    private final ActivationMemory activations;
    private final List<Part> parts;
    private final PointerScope memory;
    private boolean closed;

    CpuExecutable(OneDnn oneDnn, Graph graph, ActivationMemory activations, List<Part> parts, PointerScope memory) {
        this.oneDnn = oneDnn;
        this.graph = graph;
        this.activations = activations;
        this.parts = List.copyOf(parts);
        this.memory = memory;
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        write(inputs);
        try (OpenMp.Limit _ = oneDnn.limitThreads()) {
            parts.forEach(part -> part.step.run());
        }
        return output();
    }

    @Override
    public Profile profile(Map<String, Tensor> inputs) {
        write(inputs);
        List<OperationTime> times = new ArrayList<>();
        try (OpenMp.Limit _ = oneDnn.limitThreads()) {
            for (Part part : parts) {
                long start = System.nanoTime();
                part.step.run();
                times.add(new OperationTime(part.operation, System.nanoTime() - start));
            }
        }
        return new Profile(times, Map.of());
    }

    private void write(Map<String, Tensor> inputs) {
        if (closed) {
            throw new IllegalStateException("the executable of " + graph.name() + " is closed");
        }
        for (Value input : graph.inputs()) {
            Tensor tensor = inputs.get(input.name());
            if (tensor == null || !tensor.shape().equals(input.shape())) {
                throw new IllegalArgumentException(graph.name() + ": input " + input.name() + " must be " + input.shape()
                        + (tensor == null ? ", and is missing" : ", not " + tensor.shape()));
            }
            activations.write(input, tensor.values());
        }
    }

    private Tensor output() {
        return new Tensor(graph.output().shape(), activations.read(graph.output()));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.close();
        }
    }
}
