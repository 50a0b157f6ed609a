package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.SiblingLayers;
import stablediffusion.model.weights.Weights;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

import java.util.Map;
import java.util.Optional;

/**
 * Compiles graphs for a device of TornadoVM. Sums are 32-bit floats. Activations are stored in fp16 where the device has tensor cores and f32
 * is not asked for, else in 32 bits. Matrices are stored in fp16 where the device reads it, else they are converted to 32 bits when they are
 * loaded.
 */
final class TornadoEngine implements Engine {
    private final TornadoDevice device;
    private final String id;
    private final Precision precision;
    private final KernelSet kernels;
    private final boolean recorded;

    /** Returns the kernels for a device's class, with block sizes that suit it. */
    static KernelSet kernels(TornadoDevice device, BlockSizes sizes) {
        return isCpu(device) ? new CpuKernels(sizes) : new GpuKernels(device.getPhysicalDevice().getDeviceMaxComputeUnits());
    }

    /** Returns the kernels for a device that {@link TensorCoreProbe} passes. They compute in half precision. */
    static KernelSet tensorCoreKernels(TornadoDevice device) {
        return new TensorCoreKernels(
                device.getPhysicalDevice().getDeviceMaxComputeUnits(), TensorCoreProbe.backend(device).orElseThrow());
    }

    /** Returns the block sizes that suit a device. */
    static BlockSizes.Choices choices(TornadoDevice device) {
        return isCpu(device) ? CpuKernels.CHOICES : GpuKernels.CHOICES;
    }

    private static boolean isCpu(TornadoDevice device) {
        return device.getDeviceType() == TornadoDeviceType.CPU;
    }

    /** Returns true if the device can record the launches of a run and replay them as one: as a CUDA graph. */
    static boolean records(TornadoDevice device) {
        return switch (device.getTornadoVMBackend()) {
            case CUDA, PTX -> true;
            case OPENCL, METAL, SPIRV, JAVA, VIRTUAL -> false;
        };
    }

    /** Computes task by task. */
    TornadoEngine(TornadoDevice device, String id, Precision precision, KernelSet kernels) {
        this(device, id, precision, kernels, false);
    }

    /**
     * @param precision precision of the matrices: F32 or F16
     * @param recorded whether runs are recorded and replayed; only where {@link #records} is true
     */
    TornadoEngine(TornadoDevice device, String id, Precision precision, KernelSet kernels, boolean recorded) {
        this.device = device;
        this.id = id;
        this.precision = precision;
        this.kernels = kernels;
        this.recorded = recorded;
    }

    @Override
    public String description() {
        return id + ": " + device.getPhysicalDevice().getDeviceName().strip() + ", TornadoVM, "
                + arithmetic() + kernels.remark();
    }

    private String arithmetic() {
        if (kernels.activations() == Precision.F16) {
            return "tensor cores, half precision";
        }
        return precision == Precision.F16 ? "half-precision weights" : "f32";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    private Graph fused(Graph graph) {
        Graph fused = Fusion.apply(graph, kernels.rules());
        return kernels.joinsSiblings() ? SiblingLayers.gather(fused) : fused;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return Footprint.of(fused(graph), kernels, precision, device.getMaxAllocMemory()).need();
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
        Graph fused = fused(graph);
        Footprint footprint = Footprint.of(fused, kernels, precision, device.getMaxAllocMemory());
        requireMemory(footprint);
        Lowering.Chain chain = Lowering.lower(fused, footprint, weights, kernels, Devices.number(device));
        compiling.run();
        TornadoExecutable executable = recorded
                ? new TornadoExecutable(fused, chain, device, id, footprint.total(), true)
                : new ProfiledTornadoExecutable(fused, chain, device, id, footprint.total());
        executable.compile();
        return kernels.activations() == Precision.F16
                ? FiniteExecutable.of(executable, graph.name(), inputs -> findInfinite(fused, weights, inputs))
                : executable;
    }

    /** Runs a network once more, with a check behind each operation. */
    private Optional<Operation> findInfinite(Graph fused, Weights weights, Map<String, Tensor> inputs) {
        CheckedKernels checked = new CheckedKernels(kernels);
        Footprint footprint = Footprint.of(fused, checked, precision, device.getMaxAllocMemory());
        Lowering.Chain chain = Lowering.lower(fused, footprint, weights, checked, Devices.number(device));
        try (TornadoExecutable executable = new TornadoExecutable(fused, chain, device, id, 2 * footprint.total(), false)) {
            executable.compile();
            executable.run(inputs);
        }
        return checked.firstInfinite();
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
