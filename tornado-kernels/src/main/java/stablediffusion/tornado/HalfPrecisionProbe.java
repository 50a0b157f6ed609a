package stablediffusion.tornado;

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

/**
 * Tests whether a device reads fp16 numbers. What drivers report is unreliable in both directions, so a small kernel is compiled and run and
 * its result checked.
 */
final class HalfPrecisionProbe {
    private static final float[] VALUES = {0f, 1f, -2.5f, 0.333251953125f, 65504f, 6.103515625e-5f, -0.0999755859375f, 1024f};

    private HalfPrecisionProbe() {}

    static boolean passes(TornadoDevice device) {
        HalfFloatArray fp16 = new HalfFloatArray(VALUES.length);
        for (int i = 0; i < VALUES.length; i++) {
            fp16.set(i, new HalfFloat(VALUES[i]));
        }
        FloatArray fp32 = new FloatArray(VALUES.length);
        TaskGraph graph = new TaskGraph("probe")
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, fp16)
                .task("widen", HalfPrecisionProbe::widen, new KernelContext(), fp16, fp32)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, fp32);
        WorkerGrid grid = new WorkerGrid1D(VALUES.length);
        grid.setLocalWork(VALUES.length, 1, 1);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withDevice(device).withGridScheduler(new GridScheduler("probe.widen", grid)).execute();
        } catch (Exception | LinkageError refused) {
            return false;
        }
        for (int i = 0; i < VALUES.length; i++) {
            if (fp32.get(i) != 2f * VALUES[i]) {
                return false;
            }
        }
        return true;
    }

    private static void widen(KernelContext context, HalfFloatArray fp16, FloatArray fp32) {
        int i = context.globalIdx;
        fp32.set(i, 2f * fp16.get(i).getFloat32());
    }
}
