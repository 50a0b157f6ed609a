package stablediffusion.model.sampler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;

import java.util.OptionalDouble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SamplersTest {

    @ParameterizedTest
    @CsvSource({
        "plms, plms", "PNDM, plms", "Euler a, euler_a", "euler_ancestral, euler_a", "k_euler, euler", "k_dpm_2_a, dpm2_a",
        "dpm_2_ancestral, dpm2_a", "DPM++ 2M, dpm++2m", "dpmpp_2m, dpm++2m", "k_dpmpp_2m, dpm++2m", "dpm++2s_a, dpm++2s_a",
        "dpmpp_2s_ancestral, dpm++2s_a", "DPM++ 2M SDE, dpm++2m_sde", "sample_heun, heun", "UniPC, unipc", "LCM, lcm",
    })
    void knowsTheSpellingsOfOtherTools(String name, String canonical) {
        assertEquals(canonical, Samplers.find(name).name());
        assertFalse(Samplers.find(name).description().isBlank());
        Samplers.find(name).create();
    }

    @ParameterizedTest
    @CsvSource({"eular, euler", "dpm++2n, dpm++2m", "plsm, plms", "unip, unipc", "hein, heun"})
    void mistypedNameIsAnsweredWithTheNearest(String name, String nearest) {
        UserException e = assertThrows(UserException.class, () -> Samplers.find(name).create());
        assertTrue(e.getMessage().contains("'" + name + "': did you mean " + nearest + "?"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void etaOutOfRange(double eta) {
        assertTrue(assertThrows(UserException.class, () -> Samplers.find("ddim").create(OptionalDouble.of(eta))).getMessage()
                .contains("between 0 and 1"));
    }

    @Test
    void etaOfASamplerWithoutNoise() {
        assertTrue(assertThrows(UserException.class, () -> Samplers.find("euler").create(OptionalDouble.of(0.5))).getMessage()
                .contains("takes no eta"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "plms", "lcm"})
    void scheduleThatASamplerCannotDo(String name) {
        Sampler sampler = Samplers.find(name).create();
        NoiseSchedule schedule = NoiseSchedule.stableDiffusion();
        UserException e = assertThrows(UserException.class, () -> sampler.noiseLevels(schedule, Schedule.KARRAS, 10));
        assertTrue(e.getMessage().contains("karras"), e.getMessage());
    }

    @Test
    void stepsOutOfRange() {
        NoiseSchedule schedule = NoiseSchedule.stableDiffusion();
        for (String name : Samplers.names()) {
            Sampler sampler = Samplers.find(name).create();
            assertThrows(UserException.class, () -> sampler.noiseLevels(schedule, Schedule.DISCRETE, 0), name);
            assertThrows(UserException.class, () -> sampler.noiseLevels(schedule, Schedule.DISCRETE, -3), name);
        }
        assertThrows(UserException.class, () -> Samplers.find("ddim").create().noiseLevels(schedule, Schedule.DISCRETE, 1001));
        assertThrows(UserException.class, () -> Samplers.find("lcm").create().noiseLevels(schedule, Schedule.DISCRETE, 51));
    }
}
