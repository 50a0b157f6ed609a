package stablediffusion.model.benchmark;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Times each kind of operation of a network at the shapes that it has there, alone and warm, by the device's own clock.
 */
public final class KernelBenchmark {
    private final Engine engine;
    private final int runs;

    /** @param runs that are timed, after one that is not */
    public KernelBenchmark(Engine engine, int runs) {
        this.engine = engine;
        this.runs = runs;
    }

    /**
     * Times every kind of operation once, however often the network has it.
     *
     * @param filter part of the name of the kernels to time; empty for all
     * @param listener is told each result when it is there
     */
    public List<KernelTime> measure(Graph graph, String filter, Consumer<KernelTime> listener) {
        Map<String, List<Operation>> kinds = new LinkedHashMap<>();
        for (Operation operation : graph.operations()) {
            kinds.computeIfAbsent(kernel(operation) + " " + shape(operation), kind -> new ArrayList<>()).add(operation);
        }
        List<KernelTime> times = new ArrayList<>();
        for (List<Operation> same : kinds.values()) {
            if (kernel(same.getFirst()).contains(filter)) {
                times.add(measure(same.getFirst(), same.size()));
                listener.accept(times.getLast());
            }
        }
        return times;
    }

    private KernelTime measure(Operation operation, int count) {
        Graph alone = new Graph("benchmark", operation.inputs().stream().distinct().toList(), List.of(operation), operation.output());
        Map<String, Tensor> inputs = new HashMap<>();
        alone.inputs().forEach(input -> inputs.put(input.name(), numbers(input)));
        double[] seconds = new double[runs];
        try (Executable executable = engine.compile(alone, noise())) {
            Profiled profiled = (Profiled) executable;
            profiled.profile(inputs);
            for (int i = 0; i < runs; i++) {
                seconds[i] = profiled.profile(inputs).stream().mapToLong(OperationTime::nanoseconds).sum() / 1e9;
            }
        }
        Arrays.sort(seconds);
        double median = seconds[runs / 2];
        double spread = (seconds[runs * 3 / 4] - seconds[runs / 4]) / median;
        return new KernelTime(kernel(operation), shape(operation), count, median, spread, 2.0 * operation.multiplyAdds(), bytes(operation));
    }

    private double bytes(Operation operation) {
        double values = operation.inputs().stream().distinct().mapToDouble(value -> value.shape().size()).sum()
                + operation.output().shape().size();
        double weights = operation instanceof Operation.TokenEmbedding ? 0 : operation.weights().stream().mapToDouble(Weight::size).sum();
        int activationBytes = engine.precision() == Precision.BF16 ? 2 : 4;
        return activationBytes * values + engine.precision().bytes() * weights;
    }

    private static Tensor numbers(Value value) {
        float[] values = new float[value.shape().size()];
        Random random = new Random(value.id());
        for (int i = 0; i < values.length; i++) {
            // Whole numbers for a text encoder's ids, small ones for everything else.
            values[i] = value.shape().channels() == 1 ? random.nextInt(100) : random.nextFloat() - 0.5f;
        }
        return new Tensor(value.shape(), values);
    }

    private static Weights noise() {
        return (weight, arena) -> {
            float[] values = new float[weight.size()];
            Random random = new Random(weight.name().hashCode());
            for (int i = 0; i < values.length; i++) {
                values[i] = (random.nextFloat() - 0.5f) / 8;
            }
            return new WeightData(Precision.F32, MemorySegment.ofArray(values));
        };
    }

    private static String kernel(Operation operation) {
        return switch (operation) {
            case Operation.Convolution c -> "convolution %dx%d%s%s".formatted(
                    c.kernel(), c.kernel(), c.stride() == 1 ? "" : ", stride " + c.stride(), c.upsample() ? ", up-sampled" : "");
            case Operation.Linear _ -> "linear";
            case Operation.GatedLinear _ -> "linear with GEGLU";
            case Operation.GroupNorm _ -> "group norm";
            case Operation.LayerNorm _ -> "layer norm";
            case Operation.Attention a -> "attention%s, head %d".formatted(a.causal() ? ", causal" : "", a.headChannels());
            case Operation.Geglu _ -> "GEGLU";
            case Operation.Activate _ -> "activation";
            case Operation.Add _, Operation.AddBatchBias _ -> "addition";
            case Operation.Concat _ -> "concatenation";
            case Operation.Upsample _ -> "up-sampling";
            case Operation.TimestepEmbedding _ -> "timestep embedding";
            case Operation.TokenEmbedding _ -> "token embedding";
        };
    }

    private static String shape(Operation operation) {
        Shape out = operation.output().shape();
        return switch (operation) {
            case Operation.Convolution c -> out + " from " + c.input().shape().channels();
            case Operation.Linear l -> out + " from " + l.input().shape().channels();
            case Operation.GatedLinear g -> out + " from " + g.input().shape().channels();
            case Operation.Attention a -> out + " over " + a.key().shape().positions();
            default -> out.toString();
        };
    }
}
