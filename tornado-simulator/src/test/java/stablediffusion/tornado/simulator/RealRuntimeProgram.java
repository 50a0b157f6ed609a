package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Runs kernels with the API alone: compiled against the simulator, it runs there and on TornadoVM. Prints one number a line. */
final class RealRuntimeProgram {

    private RealRuntimeProgram() {}

    public static void main(String[] arguments) throws TornadoExecutionPlanException {
        for (float result : results()) {
            System.out.println("result " + result);
        }
    }

    /** Computes a product in blocks, sums through local memory, and an array that passes through three graphs, all of it twice. */
    static float[] results() throws TornadoExecutionPlanException {
        FloatArray a = new FloatArray(64 * 32);
        FloatArray b = new FloatArray(32 * 64);
        for (int i = 0; i < a.getSize(); i++) {
            a.set(i, i * 7 % 13 / 13f);
            b.set(i, i * 5 % 11 / 11f);
        }
        FloatArray product = new FloatArray(64 * 64);
        FloatArray sums = new FloatArray(8);
        FloatArray passed = FloatArray.fromElements(0, 10);
        GridScheduler grids = new GridScheduler("product.task", grid(new WorkerGrid2D(16, 16), 16, 16));
        grids.addWorkerGrid("sums.task", grid(new WorkerGrid1D(2048), 256, 1));
        try (var plan = new TornadoExecutionPlan(
                new TaskGraph("product").transferToDevice(DataTransferMode.FIRST_EXECUTION, a, b)
                        .task("task", CorrectKernels::matrixProduct, new KernelContext(), a, b, product, 64, 32)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, product).snapshot(),
                new TaskGraph("sums").transferToDevice(DataTransferMode.EVERY_EXECUTION, a)
                        .task("task", CorrectKernels::sums, new KernelContext(), a, sums)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, sums).snapshot(),
                new TaskGraph("first").transferToDevice(DataTransferMode.FIRST_EXECUTION, passed)
                        .task("task", CorrectKernels::increment, passed).persistOnDevice(passed).snapshot(),
                new TaskGraph("second").consumeFromDevice("first", passed)
                        .task("task", CorrectKernels::increment, passed).persistOnDevice(passed).snapshot(),
                new TaskGraph("third").consumeFromDevice(passed)
                        .task("task", CorrectKernels::increment, passed)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, passed).snapshot())) {
            plan.withGridScheduler(grids);
            for (int round = 0; round < 2; round++) {
                for (int graph = 0; graph < 5; graph++) {
                    plan.withGraph(graph).execute();
                }
            }
        }
        return FloatArray.concat(product, sums, passed).toHeapArray();
    }

    private static WorkerGrid grid(WorkerGrid grid, int x, int y) {
        grid.setLocalWork(x, y, 1);
        return grid;
    }
}
