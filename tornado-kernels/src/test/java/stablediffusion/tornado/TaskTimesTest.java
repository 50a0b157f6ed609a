package stablediffusion.tornado;

import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TaskTimesTest {
    /** TornadoVM adds to its log at each execution, without anything between. */
    @Test
    void lastExecutionCounts() {
        String first = "{\"plan\": {\"COPY_IN_TIME\": \"5\", \"block0.t0\": {\"TASK_KERNEL_TIME\": \"123\", \"BACKEND\": \"OPENCL\"}}}";
        String second = first.replace("123", "45");
        assertEquals(Map.of("block0.t0", 45L), TaskTimes.parse(first + second));
    }
}
