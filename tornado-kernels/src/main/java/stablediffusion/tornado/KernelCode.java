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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the code that TornadoVM makes of every kernel for GPUs, each at the largest shape that Stable Diffusion v1 has for it; a
 * virtual device will do, for nothing is run. {@code tests/cuda-kernels} makes a table of it.
 */
public final class KernelCode {
    private static final String HALVES = "#include <cuda_fp16.h>";
    private static final long A_GPUS_LARGEST_ARRAY = 8L << 30;

    private KernelCode() {}

    /** @param arguments the folder to write to, a file for each kernel and a list of them */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        StringBuilder list = new StringBuilder();
        for (Operation operation : largest().values()) {
            String kernel = kernel(operation);
            String file = kernel.replaceAll("[^A-Za-z0-9]+", "-") + ".cu";
            Files.writeString(folder.resolve(file), compile(operation));
            String shapes = operation.inputs().getFirst().shape() + " to " + operation.output().shape();
            list.append(file).append('\t').append(kernel).append('\t').append(shapes).append('\n');
            System.out.println(kernel + " " + shapes);
        }
        Files.writeString(folder.resolve("kernels.tsv"), list);
    }

    private static Map<String, Operation> largest() {
        Configuration v1 = Configuration.v1();
        int edge = v1.latentEdge();
        List<Graph> graphs = List.of(
                ClipTextEncoder.graph(v1.text(), 2),
                Unet.graph(v1.unet(), 2, edge, edge, v1.text().positions()),
                Vae.decoder(v1.vae(), 1, edge, edge),
                Vae.encoder(v1.vae(), 1, v1.nativeSize(), v1.nativeSize()));
        Map<String, Operation> largest = new LinkedHashMap<>();
        Stream<Operation> operations = graphs.stream().flatMap(graph -> Fusion.apply(graph, TornadoEngine.RULES).operations().stream());
        Comparator<Operation> cost = Comparator.<Operation>comparingLong(Operation::multiplyAdds)
                .thenComparingInt(operation -> operation.output().shape().size());
        operations.forEach(operation -> largest.merge(
                kernel(operation), operation, (one, other) -> cost.compare(one, other) >= 0 ? one : other));
        return largest;
    }

    /** What makes code of its own. */
    private static String kernel(Operation operation) {
        return switch (operation) {
            case Operation.Convolution c -> "convolution 3x3"
                    + (c.stride() == 1 ? "" : ", stride " + c.stride())
                    + (c.upsample() ? ", up-sampled" : "");
            case Operation.Attention a -> "attention, head " + a.headChannels() + (a.causal() ? ", causal" : "");
            default -> operation.getClass().getSimpleName().replaceAll("(?<=.)([A-Z])", " $1").toLowerCase(Locale.ROOT);
        };
    }

    /** TornadoVM prints the code to the standard output, which is listened to meanwhile. */
    private static String compile(Operation operation) throws IOException {
        Graph alone = new Graph("code", operation.inputs().stream().distinct().toList(), List.of(operation), operation.output());
        Footprint footprint = Footprint.of(alone, Precision.F16, A_GPUS_LARGEST_ARRAY);
        Lowering.Chain chain = Lowering.lower(
                alone,
                footprint,
                (weight, arena) -> new WeightData(Precision.F32, MemorySegment.ofArray(new float[weight.size()])),
                new TileKernels(TileKernels.CHOICES.usual(), 1));
        TornadoDevice device = TornadoExecutionPlan.getDevice(0, 0);
        PrintStream console = System.out;
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        try (PrintStream listener = new PrintStream(code, true, StandardCharsets.UTF_8)) {
            System.setOut(listener);
            TornadoExecutionPlan plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
            plan.withDevice(device).withGridScheduler(chain.grids().whole()).withPrintKernel().withPreCompilation();
        } finally {
            System.setOut(console);
        }
        return kernels(code.toString(StandardCharsets.UTF_8));
    }

    /** Without the kernels that bring the inputs, one for each under one name, and take the output. */
    private static String kernels(String code) {
        return Arrays.stream(code.replace(HALVES, "").split("(?=extern \"C\" __global__)"))
                .filter(kernel -> !kernel.matches("(?s).*__global__ void (load|store)\\(.*"))
                .collect(Collectors.joining("", HALVES + "\n", ""));
    }
}
