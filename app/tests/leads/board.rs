//! The board: its columns and numbers, and where a card that is moved comes to stand.

use std::collections::HashMap;

use app::base::error::AppError;
use app::board::columns::{board as load, numbers as count};
use app::board::{Board, CARDS, CardMove, ColumnNumbers, MORE_CARDS, MoveOutcome};
use app::http::context::AppContext;
use app::leads::board::move_card;
use app::leads::codec::Leads;
use app::leads::model::Stage;
use app::leads::spec::{BOARD, field};
use app::list::responses::COUNT_LIMIT;
use app::record::delete;
use sqlx::PgPool;
use uuid::Uuid;

use super::common::{Random, context, create as create_customer, details, version_of, wide};
use super::{create, draft, fill, history};

/// The stages in which a lead needs no reason.
const STAGES: [Stage; 5] = [
    Stage::New,
    Stage::Contacted,
    Stage::Qualified,
    Stage::Proposal,
    Stage::Won,
];

/// The order of each column.
type Columns = HashMap<Stage, Vec<Uuid>>;

async fn board(context: &AppContext, address: &str, shown: usize, after: Option<(i64, Uuid)>) -> Board {
    let board = load::<Leads>(context, &BOARD, address, shown, after).await;
    board.unwrap_or_else(|error| panic!("{address}: {error}"))
}

async fn numbers(context: &AppContext, address: &str) -> Vec<ColumnNumbers> {
    let numbers = count(context, &BOARD, address).await;
    numbers.unwrap_or_else(|error| panic!("{address}: {error}"))
}

fn stage(word: &str) -> Stage {
    Stage::parse(word).expect("a stage")
}

async fn shown(context: &AppContext, address: &str) -> Columns {
    let board = board(context, address, 1_000, None).await;
    let columns = board.columns.into_iter();
    columns
        .map(|column| {
            (
                stage(&column.word),
                column.cards.iter().map(|card| card.row.id).collect(),
            )
        })
        .collect()
}

async fn leads(pool: &PgPool, count: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(create(pool, &draft(&format!("Lead {number}"))).await.id);
    }
    ids
}

fn to(from: Stage, to: Stage, above: Option<Uuid>, below: Option<Uuid>) -> CardMove {
    CardMove {
        from: from.to_string(),
        to: to.to_string(),
        above,
        below,
    }
}

async fn moved(context: &AppContext, id: Uuid, card: CardMove) -> MoveOutcome {
    move_card(context, id, card).await.expect("no fault")
}

async fn version_and_position(pool: &PgPool, id: Uuid) -> (i64, i64) {
    let row = sqlx::query_as("SELECT version, position FROM leads WHERE id = $1").bind(id);
    row.fetch_one(pool).await.expect("a lead")
}

/// What a move does to the order, as people think of it.
fn apply(columns: &mut Columns, id: Uuid, card: &CardMove) {
    for column in columns.values_mut() {
        column.retain(|other| *other != id);
    }
    let column = columns.get_mut(&stage(&card.to)).expect("a column");
    let place = |neighbour: Option<Uuid>| column.iter().position(|other| Some(*other) == neighbour);
    let at = place(card.above).map(|at| at + 1).or_else(|| place(card.below));
    column.insert(at.unwrap_or_default(), id);
}

fn stage_of(columns: &Columns, id: Uuid) -> Stage {
    let mut all = columns.iter();
    *all.find(|(_, column)| column.contains(&id)).expect("a column").0
}

/// A move of any card to any place; its neighbours may stand elsewhere, or be gone.
fn any_move(random: &mut Random, columns: &Columns, ids: &[Uuid]) -> (Uuid, CardMove) {
    let id = *random.pick(ids);
    let from = stage_of(columns, id);
    let target = if random.chance(50) { from } else { *random.pick(&STAGES) };
    let mut neighbour = |percent| {
        let nearby = match columns[&target].as_slice() {
            [] => ids,
            column => column,
        };
        let from = if random.chance(80) { nearby } else { ids };
        let any = *random.pick(from);
        random.chance(percent).then_some(any)
    };
    (id, to(from, target, neighbour(60), neighbour(60)))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_card_stands_where_it_was_put(pool: PgPool) {
    let (context, mut random) = (context(&pool), Random::new(11));
    let ids = leads(&pool, 24).await;
    delete::delete::<Leads>(&context, ids[5], version_of(&context, ids[5]).await)
        .await
        .expect("deleted");
    let mut columns: Columns = Stage::ALL.iter().map(|stage| (*stage, Vec::new())).collect();
    let live = ids.iter().rev().filter(|id| **id != ids[5]).copied();
    columns.insert(Stage::New, live.collect());
    assert_eq!(shown(&context, "").await, columns, "a new lead stands on top");
    let movable: Vec<Uuid> = columns[&Stage::New].clone();
    for turn in 0..500 {
        if turn == 200 {
            // All room is gone at once, and some stand at the same place.
            let squeezed = "UPDATE leads SET position = (SELECT count(*) FROM leads l WHERE (l.position, l.id) < (leads.position, leads.id)) / 2";
            sqlx::query(squeezed).execute(&pool).await.expect("squeezed");
            columns = shown(&context, "").await;
        }
        let (id, card) = any_move(&mut random, &columns, &movable);
        let stale = random.chance(10).then_some(ids[5]);
        let card = CardMove {
            above: stale.or(card.above),
            ..card
        };
        assert!(
            matches!(moved(&context, id, card.clone()).await, MoveOutcome::Done { .. }),
            "{turn}"
        );
        apply(&mut columns, id, &card);
        assert_eq!(shown(&context, "").await, columns, "{turn}: {id} {card:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn where_room_runs_out_few_cards_make_some(pool: PgPool) {
    let context = context(&pool);
    fill(&pool, 300).await;
    sqlx::query("UPDATE leads SET position = position << 20")
        .execute(&pool)
        .await
        .expect("as leads come");
    let mut columns = shown(&context, "").await;
    let top = columns[&Stage::New][0];
    let mut touched = 0;
    for _ in 0..100 {
        let last = *columns[&Stage::New].last().expect("a card");
        let before = positions(&pool).await;
        let card = to(Stage::New, Stage::New, Some(top), None);
        moved(&context, last, card.clone()).await;
        apply(&mut columns, last, &card);
        let after = positions(&pool).await;
        touched = touched.max(after.iter().filter(|(id, at)| before[*id] != **at).count());
        assert_eq!(shown(&context, "").await, columns);
    }
    assert!((2..130).contains(&touched), "{touched} of 300 were moved at once");
}

async fn positions(pool: &PgPool) -> HashMap<Uuid, i64> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as("SELECT id, position FROM leads")
        .fetch_all(pool)
        .await
        .expect("leads");
    rows.into_iter().collect()
}

/// Each person has cards of their own, and puts them beside those of others.
#[sqlx::test(migrations = "../migrations")]
async fn many_move_cards_at_once_and_no_move_is_lost(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let ids = leads(&pool, 36).await;
    sqlx::query("UPDATE leads SET position = 7")
        .execute(&pool)
        .await
        .expect("squeezed");
    let people: Vec<_> = ids
        .chunks(6)
        .enumerate()
        .map(|(person, own)| {
            let (context, own, ids) = (context.clone(), own.to_vec(), ids.clone());
            tokio::spawn(async move {
                let mut random = Random::new(person as u64);
                let mut stages: HashMap<Uuid, Stage> = own.iter().map(|id| (*id, Stage::New)).collect();
                for _ in 0..25 {
                    let (id, target) = (*random.pick(&own), *random.pick(&STAGES));
                    let neighbour = Some(*random.pick(&ids));
                    let card = to(stages[&id], target, neighbour, None);
                    assert!(matches!(moved(&context, id, card).await, MoveOutcome::Done { .. }));
                    stages.insert(id, target);
                }
                stages
            })
        })
        .collect();
    let mut stages = HashMap::new();
    for person in people {
        stages.extend(person.await.expect("all moves"));
    }
    let columns = shown(&context, "").await;
    for (id, stage) in stages {
        assert_eq!(stage_of(&columns, id), stage);
    }
    let shown_twice: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT FROM leads WHERE updated_at > created_at GROUP BY stage, position HAVING count(*) > 1) same",
    )
    .fetch_one(&pool)
    .await
    .expect("a number");
    assert_eq!(shown_twice, 0, "who was moved has a place alone");
    context.pool().close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_of_stage_is_an_edit_and_one_of_the_order_is_none(pool: PgPool) {
    let context = context(&pool);
    let ids = leads(&pool, 3).await;
    let (version, position) = version_and_position(&pool, ids[0]).await;
    moved(&context, ids[0], to(Stage::New, Stage::New, None, Some(ids[2]))).await;
    let after = version_and_position(&pool, ids[0]).await;
    assert_eq!((after.0, after.1 > position), (version, true));
    assert!(history(&pool, ids[0]).await.is_empty());

    let outcome = moved(&context, ids[0], to(Stage::New, Stage::Qualified, None, None)).await;
    assert!(matches!(outcome, MoveOutcome::Done { name, .. } if name == "Lead 0"));
    assert_eq!(version_and_position(&pool, ids[0]).await.0, version + 1);
    let changes = history(&pool, ids[0]).await;
    assert_eq!(changes["stage"], (Some("New".into()), Some("Qualified".into())));
    assert_eq!(changes.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_stands_in_the_way_of_a_move_is_said_and_nothing_moves(pool: PgPool) {
    let context = context(&pool);
    let ids = leads(&pool, 3).await;
    let refused = async |id, card, part: &str| {
        let before = version_and_position(&pool, id).await;
        let outcome = moved(&context, id, card).await;
        assert!(
            matches!(&outcome, MoveOutcome::Refused(message) if message.contains(part)),
            "{outcome:?}"
        );
        assert_eq!(version_and_position(&pool, id).await, before);
    };
    // Somebody else was faster.
    moved(&context, ids[0], to(Stage::New, Stage::Qualified, None, None)).await;
    refused(
        ids[0],
        to(Stage::New, Stage::Contacted, None, None),
        "has already been moved to Qualified",
    )
    .await;
    // Both wanted the same.
    let same = moved(&context, ids[0], to(Stage::New, Stage::Qualified, None, None)).await;
    assert!(matches!(same, MoveOutcome::Done { .. }));
    assert_eq!(version_and_position(&pool, ids[0]).await.0, 2);
    refused(
        ids[0],
        to(Stage::Qualified, Stage::Lost, None, None),
        "enter the reason",
    )
    .await;
    delete::delete::<Leads>(&context, ids[1], version_of(&context, ids[1]).await)
        .await
        .expect("deleted");
    refused(ids[1], to(Stage::New, Stage::Won, None, None), "has been deleted").await;
    let nobody = move_card(&context, Uuid::nil(), to(Stage::New, Stage::Won, None, None)).await;
    assert_eq!(nobody, Err(AppError::NotFound));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lead_that_became_a_customer_stays_and_its_card_says_why(pool: PgPool) {
    let context = context(&pool);
    let ids = leads(&pool, 2).await;
    let customer = create_customer(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    for (id, became) in [(ids[0], Some(customer.id)), (ids[1], None)] {
        sqlx::query("UPDATE leads SET stage = 'Won', customer = $2 WHERE id = $1")
            .bind(id)
            .bind(became)
            .execute(&pool)
            .await
            .expect("won");
    }
    for (id, stays) in [(ids[0], true), (ids[1], false)] {
        let board = board(&context, "?stage=Won", 1, None).await;
        let card = board.columns[0]
            .cards
            .iter()
            .find(|card| card.row.id == id)
            .expect("a card");
        assert_eq!(card.stays.is_some(), stays);
        assert_eq!(card.row.cells.len(), BOARD.fields.len());
        let refused = matches!(
            moved(&context, id, to(Stage::Won, Stage::Proposal, None, None)).await,
            MoveOutcome::Refused(_)
        );
        assert_eq!(refused, stays);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lost_lead_that_is_taken_up_again_loses_its_reason(pool: PgPool) {
    let context = context(&pool);
    let mut lost = draft("Asha Rao");
    lost.put(field::STAGE, Stage::Lost);
    lost.put(field::LOST_REASON, "Too dear");
    let id = create(&pool, &lost).await.id;
    moved(&context, id, to(Stage::Lost, Stage::Contacted, None, None)).await;
    let changes = history(&pool, id).await;
    assert_eq!(changes["lost_reason"], (Some("Too dear".into()), None));
}

#[sqlx::test(migrations = "../migrations")]
async fn columns_come_in_pages_and_follow_search_and_facets(pool: PgPool) {
    let context = context(&pool);
    fill(&pool, 200).await;
    sqlx::query("SELECT setval('leads_lead_number_seq', 1000)")
        .execute(&pool)
        .await
        .expect("numbers behind them");
    let mut other = draft("Asha Rao");
    other.put(field::CITY, "Pune");
    other.put(field::EXPECTED_VALUE, "999.50");
    let asha = create(&pool, &other).await.id;
    let first = board(&context, "", 0, None).await;
    let new = &first.columns[0];
    assert_eq!((new.cards.len(), new.has_more), (CARDS, true));
    assert_eq!(new.cards[0].row.id, asha);
    let mut met: Vec<_> = new.cards.iter().map(|card| (card.position, card.row.id)).collect();
    loop {
        let more = board(&context, "?stage=New", MORE_CARDS, met.last().copied()).await;
        met.extend(more.columns[0].cards.iter().map(|card| (card.position, card.row.id)));
        if !more.columns[0].has_more {
            break;
        }
    }
    let mut sorted = met.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.reverse();
    assert_eq!((met.len(), met), (199, sorted));

    for (address, of_new, of_lost) in [
        ("?q=rao", Some(1), Some(0)),
        ("?q=sample", Some(198), Some(2)),
        ("?city=Pune&source=Phone", Some(1), Some(0)),
        ("?city=Goa", Some(0), Some(0)),
        ("?stage=Lost", None, Some(2)),
        ("?stage=Lost&stage=New&owner=none&page=x", Some(199), Some(2)),
    ] {
        let columns = shown(&context, address).await;
        let count = |stage| columns.get(&stage).map(Vec::len);
        assert_eq!((count(Stage::New), count(Stage::Lost)), (of_new, of_lost), "{address}");
        let numbers = numbers(&context, address).await;
        assert_eq!(numbers.len(), columns.len(), "{address}");
        for number in numbers {
            assert_eq!(number.count as usize, columns[&stage(&number.word)].len(), "{address}");
            let sum = if columns[&stage(&number.word)].contains(&asha) {
                99_950
            } else {
                0
            };
            assert_eq!(number.sum.0, sum, "{address}");
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn numbers_of_columns_stop_at_the_limit(pool: PgPool) {
    fill(&pool, 10_300).await;
    sqlx::query("ANALYZE leads").execute(&pool).await.expect("analyzed");
    let context = context(&pool);
    let counts: Vec<u64> = numbers(&context, "").await.iter().map(|number| number.count).collect();
    assert_eq!(counts, [COUNT_LIMIT + 1, 0, 0, 0, 0, 103]);
    assert!(numbers(&context, "?q=sample").await.is_empty());
    assert_eq!(shown(&context, "?q=sample").await[&Stage::Lost].len(), 103);
}
