package stablediffusion.tornado;

import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TaskTimesTest {
    /** TornadoVM appends to its log at each execution, without a separator. */
    @Test
    void lastExecutionCounts() {
        String first = "{\"plan\": {\"COPY_IN_TIME\": \"5\", \"unet0.t0\": {\"TASK_KERNEL_TIME\": \"123\", \"BACKEND\": \"OPENCL\"}}}";
        String second = first.replace("123", "45");
        assertEquals(Map.of("unet0.t0", 45L), TaskTimes.parse(first + second));
    }
}
