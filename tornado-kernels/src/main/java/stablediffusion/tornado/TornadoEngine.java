package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

import java.util.EnumSet;
import java.util.Set;

/**
 * Compiles graphs for a device of TornadoVM. Activations and sums are 32-bit floats. Matrices are stored in fp16 where the device reads it,
 * else they are converted to 32 bits when they are loaded.
 */
final class TornadoEngine implements Engine {
    static final Set<Fusion.Rule> RULES = EnumSet.of(
            Fusion.Rule.BATCH_BIAS,
            Fusion.Rule.ACTIVATION,
            Fusion.Rule.GROUP_NORM_SILU,
            Fusion.Rule.RESIDUAL,
            Fusion.Rule.UPSAMPLE);

    private final TornadoDevice device;
    private final String id;
    private final Precision precision;
    private final KernelSet kernels;

    /** @param precision precision of the matrices: F32 or F16 */
    TornadoEngine(TornadoDevice device, String id, Precision precision) {
        this(device, id, precision, choices(device).usual());
    }

    /** @param sizes block sizes that suit the device's class */
    TornadoEngine(TornadoDevice device, String id, Precision precision, BlockSizes sizes) {
        this(device, id, precision, isCpu(device)
                ? new CpuKernels(sizes)
                : new GpuKernels(device.getPhysicalDevice().getDeviceMaxComputeUnits()));
    }

    /** Returns the block sizes that suit a device. */
    static BlockSizes.Choices choices(TornadoDevice device) {
        return isCpu(device) ? CpuKernels.CHOICES : GpuKernels.CHOICES;
    }

    private static boolean isCpu(TornadoDevice device) {
        return device.getDeviceType() == TornadoDeviceType.CPU;
    }

    /** @param kernels kernels of any class of devices, for tests */
    TornadoEngine(TornadoDevice device, String id, Precision precision, KernelSet kernels) {
        this.device = device;
        this.id = id;
        this.precision = precision;
        this.kernels = kernels;
    }

    @Override
    public String description() {
        return id + ": " + device.getPhysicalDevice().getDeviceName().strip() + ", TornadoVM, "
                + (precision == Precision.F16 ? "half-precision weights" : "f32") + kernels.remark();
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return Footprint.of(Fusion.apply(graph, RULES), kernels, precision, device.getMaxAllocMemory()).need();
    }

    @Override
    public Precision activations() {
        return kernels.activations();
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        return compile(graph, weights, () -> {});
    }

    @Override
    public Executable compile(Graph graph, Weights weights, Runnable compiling) {
        Graph fused = Fusion.apply(graph, RULES);
        Footprint footprint = Footprint.of(fused, kernels, precision, device.getMaxAllocMemory());
        requireMemory(footprint);
        Lowering.Chain chain = Lowering.lower(fused, footprint, weights, kernels);
        compiling.run();
        TornadoExecutable executable = new TornadoExecutable(fused, chain, device, id, footprint.total());
        executable.compile();
        return executable;
    }

    private void requireMemory(Footprint footprint) {
        String network = footprint.graph().name();
        if (footprint.total() > device.getMaxGlobalMemory()) {
            throw new DeviceMemoryException("%s needs %s of memory, %s has %s; make a smaller picture"
                    .formatted(network, megabytes(footprint.total()), id, megabytes(device.getMaxGlobalMemory())), Remedy.COMPUTE_ON_CPU);
        }
        if (footprint.largest() > device.getMaxAllocMemory()) {
            throw new DeviceMemoryException("%s needs %s of memory in one piece, %s gives %s at most; make a smaller picture"
                    .formatted(network, megabytes(footprint.largest()), id, megabytes(device.getMaxAllocMemory())), Remedy.COMPUTE_ON_CPU);
        }
    }

    private static String megabytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + " MB";
    }

    @Override
    public void close() {
        // The executables free their memory; the device belongs to TornadoVM.
    }
}
