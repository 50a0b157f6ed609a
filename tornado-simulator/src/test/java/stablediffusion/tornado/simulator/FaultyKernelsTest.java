package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Tests that each mistake is found, at its first occurrence in the order of the grid, and reported with kernel, line, work-item and index. */
class FaultyKernelsTest {

    private static final int ITEMS = 8;
    private static final String FIRST = "task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] ";

    private final FloatArray values = FloatArray.fromArray(new float[ITEMS]);

    /** Checks the message, in which {@code #} stands for the line of the kernel's source. */
    private static void fails(String message, Runnable run) {
        String found = assertThrows(KernelError.class, run::run).getMessage();
        assertEquals(message, found.replaceAll("FaultyKernels.java:\\d+|(?<=line )\\d+", "#"));
        assertTrue(!message.contains("#") || found.matches("(?s).*(FaultyKernels.java:|line )[1-9]\\d*.*"), found);
    }

    private void one(Task2<KernelContext, FloatArray> kernel) {
        CorrectKernelsTest.run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .task("task", kernel, new KernelContext(), values)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values), new WorkerGrid1D(ITEMS), ITEMS, 1, 1);
    }

    private void two(Task3<KernelContext, FloatArray, FloatArray> kernel) {
        FloatArray output = new FloatArray(ITEMS);
        CorrectKernelsTest.run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .task("task", kernel, new KernelContext(), values, output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(ITEMS), 4, 1, 1);
    }

    @Test
    void readPastTheEnd() {
        fails("task test.task, #: work-item [3, 0, 0] of work-group [1, 0, 0] reads input[8], out of bounds: "
                + "it is a FloatArray of 8 elements", () -> two(FaultyKernels::readsPastTheEnd));
    }

    @Test
    void writeBeforeTheBeginning() {
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] writes output[-1], out of bounds: "
                + "it is a FloatArray of 8 elements", () -> one(FaultyKernels::writesBeforeTheBeginning));
    }

    @Test
    void readPastLocalArray() {
        fails("task test.task, #: work-item [7, 0, 0] of work-group [0, 0, 0] reads index 8 of a local array of 8",
                () -> one(FaultyKernels::readsPastLocalArray));
    }

    @Test
    void writePastPrivateArray() {
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] writes index 4 of a private array of 4",
                () -> one(FaultyKernels::writesPastPrivateArray));
    }

    @Test
    void readOfUnwrittenLocalElement() {
        fails("task test.task, #: work-item [7, 0, 0] of work-group [0, 0, 0] reads index 0 of a local array of 16, which nobody wrote",
                () -> one(FaultyKernels::readsUnwrittenLocal));
    }

    @Test
    void readOfUnwrittenPrivateElement() {
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] reads index 3 of a private array of 4, which nobody wrote",
                () -> one(FaultyKernels::readsUnwrittenPrivate));
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] reads index 2 of a private array of 4, which nobody wrote",
                () -> one(FaultyKernels::readsUnwrittenPrivateInt));
    }

    @Test
    void workItemThatMissesABarrier() {
        fails("task test.task: work-item [0, 0, 0] of work-group [0, 0, 0] waits at the barrier of #, "
                + "work-item [5, 0, 0] of work-group [0, 0, 0] has ended: a barrier must be reached by all work-items of a group or none",
                () -> one(FaultyKernels::leavesBeforeBarrier));
    }

    @Test
    void workItemsAtTwoBarriers() {
        fails("task test.task: work-item [0, 0, 0] of work-group [0, 0, 0] waits at the barrier of #, "
                + "work-item [4, 0, 0] of work-group [0, 0, 0] waits at the barrier of #: "
                + "a barrier must be reached by all work-items of a group or none", () -> one(FaultyKernels::waitsAtTwoBarriers));
    }

    @Test
    void barrierInALoopOfUnequalLength() {
        fails("task test.task: work-item [0, 0, 0] of work-group [0, 0, 0] has ended, "
                + "work-item [1, 0, 0] of work-group [0, 0, 0] waits at the barrier of #: "
                + "a barrier must be reached by all work-items of a group or none", () -> one(FaultyKernels::loopsUnequally));
    }

    @Test
    void twoWorkItemsThatWriteOneElement() {
        fails("task test.task, #: work-item [1, 0, 0] of work-group [0, 0, 0] writes output[0], "
                + "which work-item [0, 0, 0] of work-group [0, 0, 0] writes too", () -> one(FaultyKernels::allWriteOneElement));
    }

    @Test
    void readAndWriteOfOneElementInOneLaunch() {
        fails("task test.task, #: work-item [1, 0, 0] of work-group [0, 0, 0] reads values[0], "
                + "which work-item [0, 0, 0] of work-group [0, 0, 0] writes in the same launch",
                () -> one(FaultyKernels::readsWhatNeighbourWrites));
        fails("task test.task, #: work-item [1, 0, 0] of work-group [0, 0, 0] writes values[1], which other work-items read in the same "
                + "launch, such as work-item [0, 0, 0] of work-group [0, 0, 0]", () -> one(FaultyKernels::writesWhatNeighbourReads));
    }

    @Test
    void localBarrierWhereAGlobalOneIsNeeded() {
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] reads values[7], "
                + "which work-item [7, 0, 0] of work-group [0, 0, 0] writes in the same launch",
                () -> one(FaultyKernels::localBarrierForGlobalMemory));
    }

    @Test
    void missingBarrier() {
        fails("task test.task, #: work-item [1, 0, 0] of work-group [0, 0, 0] reads index 0 of a local array of 8, "
                + "which work-item [0, 0, 0] of work-group [0, 0, 0] writes with no barrier in between",
                () -> one(FaultyKernels::lacksBarrier));
        fails("task test.task, #: work-item [4, 0, 0] of work-group [0, 0, 0] reads index 3 of a local array of 8, "
                + "which work-item [3, 0, 0] of work-group [0, 0, 0] writes with no barrier in between",
                () -> one(FaultyKernels::lacksSecondBarrier));
    }

    @Test
    void localArraysThatDiffer() {
        fails("task test.task, #: work-item [1, 0, 0] of work-group [0, 0, 0] allocates a local float[] of 9 where other work-items have "
                + "a float[] of 8", () -> one(FaultyKernels::allocatesUnequally));
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] allocates local memory up to 65536 bytes; the device has 32768",
                () -> one(FaultyKernels::allocatesTooMuch));
    }

    @Test
    void arrayThatWasNeverTransferred() {
        FloatArray output = new FloatArray(ITEMS);
        TaskGraph graph = new TaskGraph("test").task("task", FaultyKernels::copies, new KernelContext(), values, output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output);
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] reads input[0], which nobody wrote; "
                + "the array was never transferred to the device",
                () -> CorrectKernelsTest.run(graph, new WorkerGrid1D(ITEMS), ITEMS, 1, 1));
    }

    @Test
    void resultThatNobodyWrote() {
        FloatArray forgotten = new FloatArray(ITEMS);
        TaskGraph graph = new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .task("task", CorrectKernels::increment, values).transferToHost(DataTransferMode.EVERY_EXECUTION, forgotten);
        fails("graph test transfers to the host a FloatArray of 8 elements that nobody wrote and that was never transferred to the device",
                () -> CorrectKernelsTest.run(graph, null));
    }

    @Test
    void parallelIterationsThatTouchOneElement() {
        TaskGraph collide = new TaskGraph("test").task("task", FaultyKernels::iterationsCollide, values, 2, 3)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values);
        fails("task test.task, #: iteration row = 1, column = 0 writes output[1], which an earlier iteration writes too",
                () -> CorrectKernelsTest.run(collide, null));
        TaskGraph siblings = new TaskGraph("test").task("task", FaultyKernels::siblingLoops, values);
        fails("task test.task, #: iteration j = 0 writes output[8], out of bounds: it is a FloatArray of 8 elements",
                () -> CorrectKernelsTest.run(siblings, null));
        TaskGraph scan = new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .task("task", FaultyKernels::scans, values).transferToHost(DataTransferMode.EVERY_EXECUTION, values);
        fails("task test.task, #: iteration i = 2 reads values[1], which an earlier iteration writes in the same launch",
                () -> CorrectKernelsTest.run(scan, null));
    }

    @Test
    void arithmeticErrors() {
        TaskGraph graph = new TaskGraph("test").task("task", FaultyKernels::divides, new KernelContext(), values, 0)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, values);
        fails("task test.task, #: work-item [0, 0, 0] of work-group [0, 0, 0] fails: java.lang.ArithmeticException: / by zero",
                () -> CorrectKernelsTest.run(graph, new WorkerGrid1D(ITEMS), ITEMS, 1, 1));
    }

    @Test
    void gridsThatNoDeviceTakes() {
        TaskGraph graph = new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, values)
                .task("task", FaultyKernels::allWriteOneElement, new KernelContext(), values);
        fails("task test.task: in dimension x, the global size 8 is no multiple of the local size 3",
                () -> CorrectKernelsTest.run(graph, new WorkerGrid1D(ITEMS), 3, 1, 1));
        fails("task test.task: a work-group of 2048 work-items; the device's limit is 1024",
                () -> CorrectKernelsTest.run(graph, new WorkerGrid1D(2048), 2048, 1, 1));
        fails("task test.task: the simulator runs no more than 16777216 work-items; test the kernel at a smaller shape",
                () -> CorrectKernelsTest.run(graph, new WorkerGrid1D(1 << 25), 256, 1, 1));
        fails("task test.task has no worker grid", () -> CorrectKernelsTest.run(graph, null));
    }

    @Test
    void codeThatNoDeviceCompiles() {
        fails("task test.task, #: the code outside parallel loops writes output[8], out of bounds: it is a FloatArray of 8 elements",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::hasNoLoops, values, ITEMS), null));
        fails("task test.task: FaultyKernels.recurses calls itself, and kernels cannot",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::recurses, values, 3), null));
        fails("task test.task: FaultyKernels.usesInfinity (line #) uses an infinity, which fast device arithmetic does not honour: "
                + "use -1e30f as a mask",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::usesInfinity, values, 3), null));
        fails("task test.task: FaultyKernels.usesStaticArray (line #) reads the static array TABLE: pass it as an argument",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::usesStaticArray, values), null));
        fails("task test.task: FaultyKernels.usesFma (line #) calls fma, which TornadoVM does not compile",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::usesFma, values), null));
    }

    @Test
    void signaturesThatNoDeviceTakes() {
        fails("task test.task: FaultyKernels.returns returns a value: a kernel is void",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::returns, values), null));
        fails("task test.task: FaultyKernels.half has a name that OpenCL has taken",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::half, values), null));
        fails("task test.task: FaultyKernels.namesParameterConstant has a parameter named constant, a word of OpenCL C or CUDA C++",
                () -> CorrectKernelsTest.run(new TaskGraph("test").task("task", FaultyKernels::namesParameterConstant, values, 1f), null));
    }

    @Test
    void argumentsThatNoTaskTakes() {
        fails("task test.task: argument 2 is a boolean, which no kernel can take: use an int",
                () -> new TaskGraph("test").task("task", FaultyKernels::takesBoolean, values, true));
        fails("task test.task: argument 3 is an array that the task already has",
                () -> new TaskGraph("test").task("task", FaultyKernels::copies, new KernelContext(), values, values));
    }

    @Test
    void graphOfTooManyTasks() {
        TaskGraph graph = new TaskGraph("test");
        FloatArray a = new FloatArray(1);
        for (int i = 0; i < 163; i++) {
            graph.task("task" + i, FaultyKernelsTest::seven, values, a, 1, 2, 3, 4, 5);
        }
        fails("task graph test overflows with task last: 8200 of 8192 bytes (a task takes 15 and 5 for each argument); "
                + "split it into several graphs", () -> graph.task("last", FaultyKernelsTest::seven, values, a, 1, 2, 3, 4, 5));
    }

    private static void seven(FloatArray a, FloatArray b, int c, int d, int e, int f, int g) {
        a.set(0, b.get(0) + c + d + e + f + g);
    }

    private static void warp(Task2<KernelContext, FloatArray> kernel, int items) {
        FloatArray output = new FloatArray(128);
        CorrectKernelsTest.run(new TaskGraph("test")
                .task("task", kernel, new KernelContext(), output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(items), items, 1, 1);
    }

    private static void warpWithFp16(Task3<KernelContext, HalfFloatArray, FloatArray> kernel) {
        HalfFloatArray input = new HalfFloatArray(128);
        FloatArray output = new FloatArray(32);
        CorrectKernelsTest.run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, input)
                .task("task", kernel, new KernelContext(), input, output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(32), 32, 1, 1);
    }

    @Test
    void lookIntoFragment() {
        fails(FIRST + "looks into a fragment of a matrix, which devices hold in registers that have no index",
                () -> warp(FaultyKernels::looksIntoFragment, 32));
    }

    @Test
    void divergenceOfWarp() {
        fails("task test.task: work-item [0, 0, 0] of work-group [0, 0, 0] waits for its warp at #, "
                + "work-item [31, 0, 0] of work-group [0, 0, 0] has ended: a warp's call must be reached by all its work-items or none",
                () -> warp(FaultyKernels::divergesInWarp, 32));
    }

    @Test
    void incompleteWarp() {
        fails(FIRST
                + "multiplies matrices in a work-group of 16 x 1 x 1: warps are 32 work-items in the first dimension, and there must be "
                + "no other", () -> warp(FaultyKernels::loadsMatrixMisaligned, 16));
    }

    @Test
    void matrixLoadedWithoutBarrier() {
        fails(FIRST + "reads index 1 of a local array of 128, which nobody wrote",
                () -> warp(FaultyKernels::loadsMatrixWithoutBarrier, 32));
    }

    @Test
    void misalignedMatrix() {
        fails(FIRST + "loads a row of a matrix from byte 4, which is no multiple of 16",
                () -> warp(FaultyKernels::loadsMatrixMisaligned, 32));
    }

    @Test
    void mistakenFactors() {
        fails(FIRST + "multiplies what are no fragments of 16 x 16 and 16 x 8 numbers and of their sums",
                () -> warp(FaultyKernels::mistakesFactors, 32));
    }

    @Test
    void asynchronousCopies() {
        fails(FIRST + "copies from the odd index 1: the source of an asynchronous copy is aligned to 4 bytes",
                () -> warpWithFp16(FaultyKernels::copiesFromOddIndex));
        fails(FIRST + "reads index 0 of a local array of 32, which nobody wrote",
                () -> warpWithFp16(FaultyKernels::readsCopyBeforeWaiting));
    }
}
