package stablediffusion.tornado;

import stablediffusion.tornado.kernels.AsyncProducts;
import stablediffusion.tornado.kernels.RegisterProducts;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

import java.util.Optional;

/**
 * Tests whether a device multiplies matrices of fp16 numbers with tensor cores: a small kernel is compiled and run and its result checked,
 * as {@link HalfPrecisionProbe} does.
 */
final class TensorCoreProbe {
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;
    private static final int INNER = 16;
    private static final String GRAPH = "tensor-core-probe";

    private TensorCoreProbe() {}

    static boolean passes(TornadoDevice device) {
        return backend(device).filter(backend -> multiplies(device, backend)).isPresent();
    }

    /** Returns which kernels for tensor cores a device's backend can compile. */
    static Optional<TensorCoreKernels.Backend> backend(TornadoDevice device) {
        return switch (device.getTornadoVMBackend()) {
            // JAVA is the simulator, which has the calls of both.
            case CUDA, JAVA -> Optional.of(TensorCoreKernels.Backend.CUDA);
            case PTX -> Optional.of(TensorCoreKernels.Backend.PTX);
            // Their compilers know no such calls.
            case OPENCL, METAL, SPIRV, VIRTUAL -> Optional.empty();
        };
    }

    private static boolean multiplies(TornadoDevice device, TensorCoreKernels.Backend backend) {
        HalfFloatArray left = new HalfFloatArray(ROWS * INNER);
        HalfFloatArray right = new HalfFloatArray(INNER * COLUMNS);
        for (int i = 0; i < ROWS * INNER; i++) {
            left.set(i, new HalfFloat(i % 7 - 3f));
        }
        for (int i = 0; i < INNER * COLUMNS; i++) {
            right.set(i, new HalfFloat(i % 5 - 2f));
        }
        FloatArray product = new FloatArray(ROWS * COLUMNS);
        Devices.choose(GRAPH, Devices.number(device));
        WorkerGrid grid = new WorkerGrid1D(32);
        grid.setLocalWork(32, 1, 1);
        try {
            TaskGraph graph = new TaskGraph(GRAPH).transferToDevice(DataTransferMode.EVERY_EXECUTION, left, right);
            KernelContext context = new KernelContext();
            switch (backend) {
                case CUDA -> graph.task("multiply", AsyncProducts::probe, context, left, right, product);
                case PTX -> graph.task("multiply", RegisterProducts::probe, context, left, right, product);
            }
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, product);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                plan.withDevice(device).withGridScheduler(new GridScheduler(GRAPH + ".multiply", grid)).execute();
            }
        } catch (Exception | LinkageError refused) {
            return false;
        }
        return matches(left, right, product);
    }

    /** The factors are small whole numbers, so the sums are exact. */
    private static boolean matches(HalfFloatArray left, HalfFloatArray right, FloatArray product) {
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                float sum = 0f;
                for (int k = 0; k < INNER; k++) {
                    sum += left.get(row * INNER + k).getFloat32() * right.get(k * COLUMNS + column).getFloat32();
                }
                if (product.get(row * COLUMNS + column) != sum) {
                    return false;
                }
            }
        }
        return true;
    }
}
