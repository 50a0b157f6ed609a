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
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

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
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the CUDA C that TornadoVM generates for every GPU kernel, each at its largest shape in Stable Diffusion v1. A program that
 * {@code tests/cuda-kernels} runs. Nothing runs on a device, so TornadoVM's virtual device is enough.
 */
final class CudaKernelSources {
    private static final String FP16_HEADER = "#include <cuda_fp16.h>";
    private static final long LARGEST_ARRAY = 8L << 30;

    private CudaKernelSources() {}

    /**
     * Writes a file for each kernel, and kernels.tsv: file, operation and shapes of each.
     *
     * @param arguments the folder to write to
     */
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

    /** Returns the generated code. TornadoVM prints it to the standard output, which is captured meanwhile. */
    private static String compile(Operation operation) throws IOException {
        Graph alone = new Graph("code", operation.inputs().stream().distinct().toList(), List.of(operation), operation.output());
        KernelSet kernels = new GpuKernels(1);
        Footprint footprint = Footprint.of(alone, kernels, Precision.F16, LARGEST_ARRAY);
        Lowering.Chain chain = Lowering.lower(
                alone,
                footprint,
                (weight, arena) -> new WeightData(Precision.F32, MemorySegment.ofArray(new float[weight.size()])),
                kernels);
        TornadoDevice device = cudaDevice();
        PrintStream console = System.out;
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        try (PrintStream capture = new PrintStream(code, true, StandardCharsets.UTF_8)) {
            System.setOut(capture);
            TornadoExecutionPlan plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
            plan.withDevice(device).withGridScheduler(chain.grids().whole()).withPrintKernel().withPreCompilation();
        } finally {
            System.setOut(console);
        }
        return kernels(code.toString(StandardCharsets.UTF_8));
    }

    private static TornadoDevice cudaDevice() {
        return TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends().stream()
                .filter(backend -> backend.getBackendType() == TornadoVMBackendType.CUDA)
                .map(backend -> backend.getDevice(0))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this TornadoVM has no CUDA backend"));
    }

    /** Removes the kernels that copy the inputs, which share one name, and the output. */
    private static String kernels(String code) {
        return Arrays.stream(code.replace(FP16_HEADER, "").split("(?=extern \"C\" __global__)"))
                .filter(kernel -> !kernel.matches("(?s).*__global__ void (load|store)\\(.*"))
                .collect(Collectors.joining("", FP16_HEADER + "\n", ""));
    }
}
