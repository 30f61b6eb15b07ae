import { assertEquals } from "@std/assert";
import { Questions } from "./questions.ts";

/** Questions whose other thread is the test. */
function createQuestions() {
  const sent: { id: number; question: string }[] = [];
  const questions = new Questions<string, string>((id, question) => sent.push({ id, question }));
  return { questions, sent };
}

Deno.test("Questions.ask() resolves to the answer with its id, in whatever order they come", async () => {
  const { questions, sent } = createQuestions();
  const asked = [questions.ask("a"), questions.ask("b")];
  for (const { id, question } of sent.toReversed()) questions.settle(id, question.toUpperCase());
  assertEquals(await Promise.all(asked), ["A", "B"]);
});

Deno.test("Questions.ask() asks nothing when many wait, and again when they are answered", async () => {
  const { questions, sent } = createQuestions();
  const asked = ["a", "b", "c", "d"].map((question) => questions.ask(question));
  assertEquals(await questions.ask("e"), undefined);
  assertEquals(sent.map(({ question }) => question), ["a", "b", "c", "d"]);
  for (const { id } of sent) questions.settle(id, "yes");
  asked.push(questions.ask("f"));
  questions.settle(sent[4].id, "yes");
  assertEquals(await Promise.all(asked), Array(5).fill("yes"));
});

Deno.test("Questions.settle() leaves an answer that nobody waits for", async () => {
  const { questions, sent } = createQuestions();
  const asked = questions.ask("a");
  questions.settle(sent[0].id + 1, "too late");
  questions.settle(sent[0].id, "yes");
  questions.settle(sent[0].id, "twice");
  assertEquals(await asked, "yes");
});
