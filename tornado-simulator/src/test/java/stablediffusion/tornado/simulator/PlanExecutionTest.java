package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.DataRange;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Tests that arrays are transferred when the graph says so, and not otherwise. */
class PlanExecutionTest {

    private final FloatArray values = FloatArray.fromElements(0, 10);

    private TaskGraph graph(String name) {
        return new TaskGraph(name).task("increment", CorrectKernels::increment, values);
    }

    @Test
    void firstExecutionCopiesOnce() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values).snapshot());
        plan.execute();
        values.init(100);
        plan.execute();
        assertEquals(2, values.get(0), "incremented twice on the device; the host's change was not copied");
        values.init(100);
        plan.freeDeviceMemory().execute();
        assertEquals(101, values.get(0), "copied again after the device's memory was freed");
    }

    @Test
    void tasksOfOneNameShareTheirCode() {
        TaskGraph by2 = new TaskGraph("a").task("increase", CorrectKernels::increase, values, 2);
        TaskGraph by3 = new TaskGraph("a").task("increase", CorrectKernels::increase, values, 3);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(by2.snapshot(), by3.snapshot());
        KernelError error = assertThrows(KernelError.class, plan::withPreCompilation);
        assertTrue(error.getMessage().contains("task a.increase has the code of another task of its name"), error.getMessage());
        new TornadoExecutionPlan(by2.snapshot(), by2.snapshot()).withPreCompilation();
    }

    @Test
    void everyExecutionCopiesAlways() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph("a").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values).snapshot());
        plan.execute();
        values.init(100);
        TornadoExecutionResult result = plan.execute();
        assertEquals(101, values.get(0));
        assertEquals(8, result.getProfilerResult().getTotalBytesCopyIn());
        assertEquals(8, result.getProfilerResult().getTotalBytesCopyOut());
    }

    @Test
    void underDemandCopiesBackWhenAsked() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph("a").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .transferToHost(DataTransferMode.UNDER_DEMAND, values).snapshot());
        TornadoExecutionResult result = plan.execute();
        assertEquals(10, values.get(1));
        result.transferToHost(new DataRange(values).withOffset(1).withSize(1));
        assertEquals(0, values.get(0));
        assertEquals(11, values.get(1));
        result.transferToHost(values);
        assertEquals(1, values.get(0));
        assertThrows(TornadoRuntimeException.class, () -> result.transferToHost(new FloatArray(2)));
        assertThrows(TornadoRuntimeException.class, () -> result.transferToHost(new DataRange(values).withOffset(1).withSize(2)));
    }

    @Test
    void arraysPassFromGraphToGraph() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                graph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values).persistOnDevice(values).snapshot(),
                graph("b").consumeFromDevice("a", values).persistOnDevice(values).snapshot(),
                graph("c").consumeFromDevice(values).transferToHost(DataTransferMode.EVERY_EXECUTION, values).snapshot());
        for (int round = 1; round <= 2; round++) {
            for (int i = 0; i < 3; i++) {
                plan.withGraph(i).execute();
            }
            assertEquals(3 * round, values.get(0));
        }
    }

    @Test
    void onlyTheGraphBeforePassesArrays() {
        FloatArray other = new FloatArray(2);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                graph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values).persistOnDevice(values).snapshot(),
                new TaskGraph("b").transferToDevice(DataTransferMode.FIRST_EXECUTION, other)
                        .task("increment", CorrectKernels::increment, other).persistOnDevice(other).snapshot(),
                graph("c").consumeFromDevice("a", values).snapshot(),
                graph("d").consumeFromDevice(values).snapshot());
        fails("graph c consumes FloatArray of 2 elements, but no graph was executed before it", () -> plan.withGraph(2).execute());
        plan.withGraph(0).execute();
        plan.withGraph(1).execute();
        fails("graph c consumes FloatArray of 2 elements from graph a, but the graph executed immediately before is b",
                () -> plan.withGraph(2).execute());
        fails("graph d consumes FloatArray of 2 elements, which the graph executed immediately before, b, did not persist",
                () -> plan.withGraph(3).execute());
    }

    @Test
    void graphsThatDoNotConsumeHaveCopiesOfTheirOwn() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                graph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values).persistOnDevice(values).snapshot(),
                graph("b").transferToDevice(DataTransferMode.FIRST_EXECUTION, values)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, values).snapshot());
        plan.execute();
        assertEquals(1, values.get(0), "the second graph began with the host's values");
    }

    @Test
    void memoryIsLimited() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values)
                .snapshot());
        plan.execute();
        assertEquals(values.getNumBytesOfSegmentWithHeader(), plan.getCurrentDeviceMemoryUsage());
        FloatArray large = new FloatArray(1_000_000);
        TornadoExecutionPlan small = new TornadoExecutionPlan(new TaskGraph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, large)
                .task("increment", CorrectKernels::increment, large).snapshot()).withMemoryLimit("3MB");
        assertThrows(TornadoOutOfMemoryException.class, small::execute);
        assertThrows(IllegalArgumentException.class, () -> small.withMemoryLimit("lots"));
    }

    @Test
    void gridsAndGraphsMustExist() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph("a").snapshot());
        assertThrows(TornadoRuntimeException.class, () -> plan.withGridScheduler(new GridScheduler("a.other", new WorkerGrid1D(1))));
        assertThrows(TornadoRuntimeException.class, () -> plan.withGraph(1));
        assertThrows(TornadoTaskRuntimeException.class, () -> graph("b").task("increment", CorrectKernels::increment, values));
    }

    @Test
    void kernelsMustBeFound() {
        fails("task a.nothing: its code touches none of its arrays",
                () -> new TornadoExecutionPlan(new TaskGraph("a").task("nothing", array -> {}, values).snapshot()).withPreCompilation());
        int captured = values.getSize();
        fails("task a.captures: 0 static methods stablediffusion.tornado.simulator.PlanExecutionTest.lambda$kernelsMustBeFound$ take its "
                + "arguments; a kernel must be one, and captures nothing",
                () -> new TornadoExecutionPlan(new TaskGraph("a").task("captures", array -> array.set(captured, 1), values).snapshot())
                        .withPreCompilation());
    }

    @Test
    void lambdasAreKernelsToo() {
        new TornadoExecutionPlan(new TaskGraph("a").transferToDevice(DataTransferMode.FIRST_EXECUTION, values)
                .task("lambda", (context, array) -> array.set(context.globalIdx, context.globalIdx), new KernelContext(), values)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values).snapshot())
                .withGridScheduler(new GridScheduler("a.lambda", grid(2))).execute();
        assertEquals(1, values.get(1));
    }

    @Test
    void theDeviceSaysWhatItIs() {
        var runtime = TornadoRuntimeProvider.getTornadoRuntime();
        assertEquals(1, runtime.getNumBackends());
        assertEquals(TornadoVMBackendType.JAVA, runtime.getBackendType(0));
        assertTrue(runtime.getDefaultDevice().getDeviceName().contains("simulator"));
        assertThrows(TornadoRuntimeException.class, () -> TornadoExecutionPlan.getDevice(0, 1));
        assertEquals(1, TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends().size());
    }

    private static WorkerGrid1D grid(int size) {
        WorkerGrid1D grid = new WorkerGrid1D(size);
        grid.setLocalWork(size, 1, 1);
        return grid;
    }

    private static void fails(String message, Runnable run) {
        assertEquals(message, assertThrows(KernelError.class, run::run).getMessage().replaceAll("\\$\\d+", "\\$"));
    }
}
