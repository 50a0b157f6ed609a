package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.weights.WeightData;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Compiles every GPU kernel, each at its largest shape in Stable Diffusion v1, on a device that keeps the texts that it is given. A program that
 * {@code tests/cuda-kernels} runs. No kernel runs.
 */
final class KernelSources {
    private static final long LARGEST_ARRAY = 8L << 30;
    /** An H100's, so that products are cut into slices as there. */
    private static final int MULTIPROCESSORS = 132;
    /** So many that the kernels for tensor cores take small blocks. */
    private static final int MANY = 1 << 20;

    private KernelSources() {}

    /**
     * Prints a line for each text: its file, the operation that it was made for and the operation's shapes.
     *
     * @param arguments the backend; the folder in which the device keeps the texts
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        TornadoDevice device = Devices.entries().stream()
                .filter(entry -> entry.device().backend().equals(arguments[0]))
                .map(Devices.Entry::tornado)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this TornadoVM has no backend " + arguments[0]));
        TensorCoreKernels.Backend backend = TensorCoreProbe.backend(device).orElseThrow();
        print(folder, device, new GpuKernels(MULTIPROCESSORS), "", operation -> true);
        print(folder, device, new TensorCoreKernels(MULTIPROCESSORS, backend), ", tensor cores", operation -> true);
        print(folder, device, new TensorCoreKernels(MANY, backend), ", tensor cores, small blocks", KernelSources::isProduct);
    }

    private static boolean isProduct(Operation operation) {
        return operation instanceof Operation.Linear
                || operation instanceof Operation.GatedLinear
                || operation instanceof Operation.Convolution;
    }

    private static void print(Path folder, TornadoDevice device, KernelSet kernels, String remark, Predicate<Operation> which)
            throws IOException {
        Set<Path> seen = new TreeSet<>(files(folder));
        for (Map.Entry<String, Operation> entry : largest(kernels).entrySet()) {
            Operation operation = entry.getValue();
            if (!which.test(operation)) {
                continue;
            }
            compile(operation, device, kernels);
            for (Path file : files(folder)) {
                if (seen.add(file)) {
                    System.out.println(String.join(
                            "\t",
                            file.getFileName().toString(),
                            entry.getKey() + remark,
                            operation.inputs().getFirst().shape() + " to " + operation.output().shape()));
                }
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static Map<String, Operation> largest(KernelSet kernels) {
        Configuration v1 = Configuration.v1();
        int edge = v1.latentEdge();
        List<Graph> graphs = List.of(
                ClipTextEncoder.graph(v1.text(), 2),
                Unet.graph(v1.unet(), 2, edge, edge, v1.text().positions()),
                Vae.decoder(v1.vae(), 1, edge, edge),
                Vae.encoder(v1.vae(), 1, v1.nativeSize(), v1.nativeSize()));
        Map<String, Operation> largest = new LinkedHashMap<>();
        Stream<Operation> operations = graphs.stream().flatMap(graph -> Fusion.apply(graph, kernels.rules()).operations().stream());
        Comparator<Operation> cost = Comparator.<Operation>comparingLong(Operation::multiplyAdds)
                .thenComparingInt(operation -> operation.output().shape().size());
        operations.forEach(operation -> largest.merge(
                kernel(operation), operation, (one, other) -> cost.compare(one, other) >= 0 ? one : other));
        return largest;
    }

    /** Names an operation, with everything by which TornadoVM generates different code. */
    private static String kernel(Operation operation) {
        return switch (operation) {
            case Operation.Convolution c -> "convolution " + c.kernel() + "x" + c.kernel()
                    + (c.stride() == 1 ? "" : ", stride " + c.stride())
                    + (c.upsample() ? ", up-sampled" : "");
            case Operation.Attention a -> "attention, head " + a.headChannels() + (a.causal() ? ", causal" : "");
            case Operation.Linear _ -> "linear";
            case Operation.GatedLinear _ -> "gated linear";
            case Operation.GroupNorm _ -> "group norm";
            case Operation.LayerNorm _ -> "layer norm";
            case Operation.Geglu _ -> "geglu";
            case Operation.Activate _ -> "activate";
            case Operation.Add _ -> "add";
            case Operation.AddBatchBias _ -> "add batch bias";
            case Operation.Concat _ -> "concat";
            case Operation.Upsample _ -> "upsample";
            case Operation.TimestepEmbedding _ -> "timestep embedding";
            case Operation.TokenEmbedding _ -> "token embedding";
        };
    }

    private static void compile(Operation operation, TornadoDevice device, KernelSet kernels) {
        Graph alone = new Graph("code", operation.inputs().stream().distinct().toList(), List.of(operation), operation.output());
        Footprint footprint = Footprint.of(alone, kernels, Precision.F16, LARGEST_ARRAY);
        Lowering.Chain chain = Lowering.lower(
                alone,
                footprint,
                (weight, arena) -> new WeightData(Precision.F32, MemorySegment.ofArray(new float[weight.size()])),
                kernels,
                Devices.number(device));
        TornadoExecutionPlan plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device).withGridScheduler(chain.grids().whole()).withPreCompilation();
    }
}
